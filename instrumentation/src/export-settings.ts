import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';

import type { Protocol } from './metric-exporter.ts';
import { readRegularFileSync } from './regular-file.ts';

type Environment = Readonly<NodeJS.ProcessEnv>;

/**
 * Whether the environment lets metrics be exported: `OTEL_SDK_DISABLED` is not `true`, and `OTEL_METRICS_EXPORTER` is not
 * `none`.
 *
 * @param url the address by option; with one, `OTEL_METRICS_EXPORTER` does not count
 * @throws RangeError if `OTEL_METRICS_EXPORTER` names only exporters other than `otlp`
 */
export function isExportEnabled(url: string | undefined, environment: Environment = process.env): boolean {
  if (environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  if (url !== undefined) return true;
  const exporters = environment['OTEL_METRICS_EXPORTER']?.trim() || 'otlp';
  const names = new Set(exporters.split(',').map((name) => name.trim()));
  if (names.has('otlp')) return true;
  if (names.has('none')) return false;
  throw variableError(
    'OTEL_METRICS_EXPORTER',
    'otlp or none',
    exporters,
    'Include otlp, or pass the `url` option.',
  );
}

/** The protocols that exports can have, the default first. */
export const supportedProtocols: readonly Protocol[] = ['http/json', 'http/protobuf'];

/**
 * The protocol from `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL` or `OTEL_EXPORTER_OTLP_PROTOCOL`, else `http/json`.
 *
 * @param url the address by option; the protocol in the environment is about the address there
 * @throws RangeError naming the variable, the rule and the value
 */
export function environmentProtocol(
  url: string | undefined,
  environment: Environment = process.env,
): Protocol {
  const [name, value] = otlpVariable('PROTOCOL', environment);
  if (url !== undefined || value === undefined) return 'http/json';
  const protocol = supportedProtocols.find((supported) => supported === value);
  if (protocol !== undefined) return protocol;
  const remedy = 'Set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf, or pass the `url` option.';
  throw variableError(name, supportedProtocols.join(' or '), value, remedy);
}

/**
 * Checks the variables `OTEL_EXPORTER_OTLP_*` whose other values the exporter would silently ignore.
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function expectSupported(environment: Environment = process.env): void {
  const [compressionName, compression = 'none'] = otlpVariable('COMPRESSION', environment);
  if (compression !== 'none' && compression !== 'gzip')
    throw variableError(
      compressionName,
      'none or gzip',
      compression,
      'Set OTEL_EXPORTER_OTLP_METRICS_COMPRESSION=gzip.',
    );
}

/**
 * The time limit of an export: `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, else `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds.
 */
export function environmentTimeoutMillis(): number | undefined {
  return (
    environmentNumber('OTEL_EXPORTER_OTLP_METRICS_TIMEOUT') ?? environmentNumber('OTEL_EXPORTER_OTLP_TIMEOUT')
  );
}

/** A positive integer from the environment; anything else counts as not set. */
export function environmentNumber(name: string): number | undefined {
  const value = Number(process.env[name]?.trim() || Number.NaN);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/**
 * The certificates that the environment names. The oldest supported exporters do not read them.
 *
 * @throws Error if a file cannot be read; the `cause` says why
 */
export function certificates(
  environment: Environment = process.env,
): Pick<OTLPExporterNodeConfigBase, 'httpAgentOptions'> {
  const files = { ca: 'CERTIFICATE', cert: 'CLIENT_CERTIFICATE', key: 'CLIENT_KEY' };
  const contents = Object.entries(files).flatMap(([option, suffix]) => {
    const [name, path] = otlpVariable(suffix, environment);
    return path === undefined ? [] : [[option, contentOf(name, path)] as const];
  });
  return contents.length === 0
    ? {}
    : { httpAgentOptions: { keepAlive: true, ...Object.fromEntries(contents) } };
}

function contentOf(name: string, path: string): string {
  try {
    return readRegularFileSync(path);
  } catch (cause) {
    throw new Error(`Expected ${name} to name a file that can be read, got \`${path}\``, { cause });
  }
}

/** The name and the value of the variable for metrics, else of the one for all signals. */
function otlpVariable(suffix: string, environment: Environment): [name: string, value: string | undefined] {
  const names = [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`] as const;
  const name = names.find((candidate) => environment[candidate]?.trim()) ?? names[1];
  return [name, environment[name]?.trim() || undefined];
}

function variableError(name: string, rule: string, value: string, remedy: string): RangeError {
  return new RangeError(`Expected ${name} to be ${rule}, got \`${value}\`\n${remedy}`);
}
