import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { warnRarely } from './diagnostics.ts';

/** A resource without attributes. */
export const emptyResource = resourceOf({});

/**
 * Creates the resource of this service: its name, and the attributes in `OTEL_RESOURCE_ATTRIBUTES`.
 *
 * @param serviceName default `OTEL_SERVICE_NAME`, else the environment's `service.name`, else `koa-context-window`
 * @param environment default: that of the process
 */
export function serviceResource(
  serviceName: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): ResourceMetrics['resource'] {
  const attributes = {
    'service.name': 'koa-context-window',
    ...attributesIn(environment['OTEL_RESOURCE_ATTRIBUTES']),
  };
  const name = serviceName ?? environment['OTEL_SERVICE_NAME']?.trim();
  return resourceOf(name ? { ...attributes, 'service.name': name } : attributes);
}

/** Reads `key=value,key=value` with percent-encoded values; a malformed list counts as empty, as the specification asks. */
function attributesIn(list = ''): Record<string, string> {
  try {
    const pairs = list.split(',').filter((pair) => pair.trim() !== '');
    return Object.fromEntries(pairs.map(pairOf));
  } catch (error) {
    warnRarely('resource', `OTEL_RESOURCE_ATTRIBUTES is ignored: ${String(error)}`);
    return {};
  }
}

function pairOf(pair: string): [string, string] {
  const [key = '', value, ...rest] = pair.split('=').map((part) => decodeURIComponent(part.trim()));
  if (key === '' || value === undefined || rest.length > 0)
    throw new Error(`expected \`key=value\`, got \`${pair}\``);
  return [key, value];
}

/** Exporters read nothing but the attributes. */
function resourceOf(attributes: Record<string, string>): ResourceMetrics['resource'] {
  return { attributes, asyncAttributesPending: false } as Partial<
    ResourceMetrics['resource']
  > as ResourceMetrics['resource'];
}
