/** One set of attributes of a request, by the semantic conventions of `http.server.request.duration`. */
export interface RequestAttributes {
  readonly method: string;
  readonly statusCode: number;
  /** The matched route's template, never the path: its values must be few. */
  readonly route: string | undefined;
  readonly scheme: string;
}

/** Cumulative durations of the requests with one set of attributes. */
export interface DurationSeries {
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Requests per bucket; the last one holds what is above every bound. */
  readonly bucketCounts: number[];
  count: number;
  sumSeconds: number;
}

/**
 * Upper bounds of the buckets in seconds.
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export const durationBoundsSeconds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

const knownMethods = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);
const maxSeries = 2_000;
const overflowKey = 'overflow';

/** Durations of HTTP requests, counted into buckets in memory; at most 2,000 sets of attributes, the rest in one. */
export class RequestDurations {
  /** Wall-clock time in milliseconds since when is counted. */
  readonly startedAtMillis: number;
  readonly #series = new Map<string, DurationSeries>();

  constructor(startedAtMillis: number) {
    this.startedAtMillis = startedAtMillis;
  }

  /** Counts one request of the given duration in seconds. */
  record(attributes: RequestAttributes, seconds: number): void {
    const method = knownMethods.has(attributes.method) ? attributes.method : '_OTHER';
    const key = `${method} ${attributes.statusCode} ${attributes.scheme} ${attributes.route ?? ''}`;
    const series = this.#series.get(key) ?? this.#add(key, { ...attributes, method });
    series.bucketCounts[bucketOf(seconds)]! += 1;
    series.count += 1;
    series.sumSeconds += seconds;
  }

  /** All series, to be read and not to be changed. */
  series(): IterableIterator<DurationSeries> {
    return this.#series.values();
  }

  #add(key: string, attributes: RequestAttributes): DurationSeries {
    const overflow = this.#series.size >= maxSeries;
    const existing = overflow ? this.#series.get(overflowKey) : undefined;
    if (existing !== undefined) return existing;
    const series: DurationSeries = {
      attributes: overflow ? { 'otel.metric.overflow': true } : conventionAttributes(attributes),
      bucketCounts: Array.from({ length: durationBoundsSeconds.length + 1 }, () => 0),
      count: 0,
      sumSeconds: 0,
    };
    this.#series.set(overflow ? overflowKey : key, series);
    return series;
  }
}

function bucketOf(seconds: number): number {
  const index = durationBoundsSeconds.findIndex((bound) => seconds <= bound);
  return index === -1 ? durationBoundsSeconds.length : index;
}

function conventionAttributes({
  method,
  statusCode,
  route,
  scheme,
}: RequestAttributes): DurationSeries['attributes'] {
  return {
    'http.request.method': method,
    'http.response.status_code': statusCode,
    'url.scheme': scheme,
    ...(route === undefined ? {} : { 'http.route': route }),
    ...(statusCode >= 500 ? { 'error.type': String(statusCode) } : {}),
  };
}
