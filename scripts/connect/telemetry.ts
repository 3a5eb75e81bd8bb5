import { quoted } from './status-line.ts';

/** The `env` block of a settings file or the environment of a process. */
export type Variables = Readonly<Record<string, unknown>>;

/** A variable that disables Claude Code's telemetry or sends it elsewhere, and where that variable is set. */
export interface Conflict {
  readonly name: string;
  readonly value: string;
  /** A settings file, or `your shell`. */
  readonly where: string;
}

/**
 * The variables that make Claude Code send its telemetry to a collector.
 *
 * @param collectorUrl - the URL at which the collector accepts OTLP over HTTP.
 * @see https://code.claude.com/docs/en/monitoring-usage
 */
export function telemetryVariables(collectorUrl: string): Readonly<Record<string, string>> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    OTEL_LOGS_EXPORT_INTERVAL: '1000',
  };
}

/**
 * The command that prints the collector's token for Claude Code. It keeps the token out of the settings: the token stays in
 * a file that only its owner can read.
 *
 * @see https://code.claude.com/docs/en/monitoring-usage#dynamic-headers
 */
export function headersHelper(tokenFile: string): string {
  return String.raw`printf '{"Authorization":"Bearer %s"}' "$(cat ${quoted(tokenFile)})"`;
}

/** Whether an `otelHeadersHelper` setting is our command. */
export function isHeadersHelper(value: unknown): boolean {
  const [start] = headersHelper('').split('$(cat');
  return typeof value === 'string' && value.startsWith(start!);
}

/** The conflict with the user's own `otelHeadersHelper`, if the collector requires a token. Empty if there is none. */
export function helperConflict(
  tokenFile: string | undefined,
  ranked: readonly { readonly path: string; readonly settings: Variables }[],
): Conflict[] {
  const name = 'otelHeadersHelper';
  const { path: where, settings } = ranked.findLast(({ settings }) => isSet(settings[name])) ?? {};
  const value = settings?.[name];
  if (tokenFile === undefined || where === undefined || isHeadersHelper(value)) return [];
  return [{ name, value: String(value), where }];
}

/**
 * The variables that already disable telemetry or send it elsewhere. If there are any, connecting sets none of its own: a
 * mixture of two set-ups would send data to the wrong place.
 *
 * @param places - the variables of each place, lowest precedence first.
 */
export function conflictsWith(
  collectorUrl: string,
  places: readonly { readonly where: string; readonly variables: Variables | undefined }[],
): Conflict[] {
  return Object.entries(accepted(collectorUrl)).flatMap(([name, accepts]) => {
    const place = places.findLast(({ variables }) => isSet(variables?.[name]));
    const value = String(place?.variables?.[name]);
    return place === undefined || accepts(value) ? [] : [{ name, value, where: place.where }];
  });
}

/** Whether a variable is set. Claude Code treats an empty variable as unset. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function accepted(collectorUrl: string): Record<string, (value: string) => boolean> {
  const here = (path: string) => (value: string) => sameUrl(value, `${collectorUrl}${path}`);
  const overHttp = (value: string) => value.startsWith('http/');
  const toOtlp = (value: string) => value.split(',').some((exporter) => exporter.trim() === 'otlp');
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: (value) => value === '1' || value.toLowerCase() === 'true',
    OTEL_LOGS_EXPORTER: toOtlp,
    OTEL_METRICS_EXPORTER: toOtlp,
    OTEL_EXPORTER_OTLP_PROTOCOL: overHttp,
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: overHttp,
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: overHttp,
    OTEL_EXPORTER_OTLP_ENDPOINT: here(''),
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: here('/v1/logs'),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: here('/v1/metrics'),
  };
}

function sameUrl(one: string, other: string): boolean {
  const plain = (url: string) => url.replace('//localhost', '//127.0.0.1').replace(/\/$/, '');
  return plain(one) === plain(other);
}
