/** Attributes of a request, following the semantic conventions of `http.server.request.duration`. */
export interface RequestAttributes {
  readonly method: string;
  readonly statusCode: number;
  /** The template of the matched route, never the path: there must be few values. */
  readonly route: string | undefined;
  readonly scheme: string;
}

/** Cumulative durations of the requests that share one set of attributes. */
export interface DurationSeries {
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Requests per bucket; the last bucket has no upper bound. */
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

/** Counts durations of HTTP requests in buckets, in memory. Beyond 2,000 sets of attributes, the rest share one series. */
export class RequestDurations {
  /** Wall-clock time of the start of counting, in milliseconds. */
  readonly startedAtMillis: number;
  readonly #series = new Map<string, DurationSeries>();

  constructor(startedAtMillis: number) {
    this.startedAtMillis = startedAtMillis;
  }

  /** Counts one request. */
  record(attributes: RequestAttributes, seconds: number): void {
    const method = knownMethods.has(attributes.method) ? attributes.method : '_OTHER';
    const key = `${method} ${attributes.statusCode} ${attributes.scheme} ${attributes.route ?? ''}`;
    const series = this.#series.get(key) ?? this.#add(key, { ...attributes, method });
    series.bucketCounts[bucketOf(seconds)]! += 1;
    series.count += 1;
    series.sumSeconds += seconds;
  }

  /** All series. Do not change them. */
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
