import { join } from 'node:path';
import { readRegularFileSync } from './regular-file.ts';
import { stateDirIn } from './state-dir.ts';

type Environment = Readonly<NodeJS.ProcessEnv>;

/**
 * Reads the collector's bearer token.
 *
 * @param path the value of `CTXD_COLLECTOR_TOKEN_FILE`
 * @returns `undefined` if the path is empty or the file is missing or empty
 * @throws RangeError if the file exists but cannot be read
 */
export function collectorTokenIn(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readRegularFileSync(path).trim() || undefined;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const rule = 'Expected `CTXD_COLLECTOR_TOKEN_FILE` to be a readable file';
    throw new RangeError(`${rule}, got \`${path.slice(0, 64)}\` (${code})`, { cause });
  }
}

/**
 * The collector's bearer token for an export: from the file that `CTXD_COLLECTOR_TOKEN_FILE` names. Without that variable, an
 * export to this machine uses the token of ctxd's own stack, if this user has one.
 *
 * @param url the collector's address by option; default: from `OTEL_EXPORTER_OTLP_*`
 * @returns `undefined` if there is none, or if `OTEL_EXPORTER_OTLP_HEADERS` has credentials
 * @throws RangeError if the file exists but cannot be read
 */
export function exportToken(url: string | undefined, environment: Environment): string | undefined {
  const named = environment['CTXD_COLLECTOR_TOKEN_FILE'];
  if (named !== undefined) return collectorTokenIn(named);
  if (!isOnThisMachine(url ?? endpointIn(environment)) || hasCredentials(environment)) return undefined;
  try {
    return collectorTokenIn(join(stateDirIn(environment), 'secrets', 'collector-token'));
  } catch {
    return undefined;
  }
}

function endpointIn(environment: Environment): string {
  const names = ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
  return names.map((name) => environment[name]).find(Boolean) ?? 'http://localhost:4318';
}

function isOnThisMachine(url: string): boolean {
  return /^(127(\.\d+){3}|localhost|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');
}

function hasCredentials(environment: Environment): boolean {
  const names = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_METRICS_HEADERS'] as const;
  return names.some((name) => /(^|,)\s*authorization\s*=/i.test(environment[name] ?? ''));
}
