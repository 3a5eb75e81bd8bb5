import { randomUUID } from 'node:crypto';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { warnRarely } from './diagnostics.ts';

/** Tells this process apart from others of the same service, for a sender that has no id of its own. */
const processInstanceId = randomUUID();
const instanceKey = 'service.instance.id';

/** A resource without attributes. */
export const emptyResource = resourceOf({});

/** How a service names itself. */
export interface ServiceIdentity {
  readonly serviceName?: string | undefined;
  readonly instanceId?: string | undefined;
}

/**
 * Creates the resource of this service: its name, its instance id, and the attributes in `OTEL_RESOURCE_ATTRIBUTES`.
 *
 * @param identity defaults: `OTEL_SERVICE_NAME`, else the environment's `service.name`, else `koa-context-window`; and the
 *   environment's `service.instance.id`, else a random one of this process
 * @param environment default: that of the process
 */
export function serviceResource(
  { serviceName, instanceId }: ServiceIdentity,
  environment: NodeJS.ProcessEnv = process.env,
): ResourceMetrics['resource'] {
  const attributes = {
    'service.name': 'koa-context-window',
    [instanceKey]: processInstanceId,
    ...attributesIn(environment['OTEL_RESOURCE_ATTRIBUTES']),
  };
  const name = serviceName ?? environment['OTEL_SERVICE_NAME']?.trim();
  return resourceOf({
    ...attributes,
    ...(name && { 'service.name': name }),
    ...(instanceId && { [instanceKey]: instanceId }),
  });
}

/** Adds this process's instance id to a resource that has none. */
export function withInstanceId({ attributes }: ResourceMetrics['resource']): ResourceMetrics['resource'] {
  return resourceOf({ [instanceKey]: processInstanceId, ...attributes });
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
function resourceOf(attributes: ResourceMetrics['resource']['attributes']): ResourceMetrics['resource'] {
  return { attributes, asyncAttributesPending: false } as Partial<
    ResourceMetrics['resource']
  > as ResourceMetrics['resource'];
}
