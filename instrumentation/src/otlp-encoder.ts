import type { Metric } from './metrics.ts';
import type { SeriesHistogram } from './series.ts';
import type { SessionContext } from './session.ts';
import { sessionFigures } from './session-figures.ts';

/** Attributes of a data point or of a resource. Values are texts, numbers, booleans or lists of them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One data point. */
export interface Point {
  readonly attributes: Attributes;
  /** Wall-clock time in milliseconds of the start of counting. */
  readonly startMillis: number;
  /** Wall-clock time of the point in milliseconds. */
  readonly atMillis: number;
  /** The value; for a histogram, the number of counted values. `undefined` marks the series stale. */
  readonly value: number | undefined;
  readonly histogram?: SeriesHistogram | undefined;
}

/** The data points of one metric. */
export interface MetricPoints {
  readonly metric: Metric;
  readonly points: readonly Point[];
}

/** The content of one request: first metrics, then sessions. */
export interface ExportContent {
  /** The attributes of the resource. */
  readonly resource: Attributes;
  readonly metrics: readonly MetricPoints[];
  /** Sessions, each with all its metrics. */
  readonly sessions: readonly SessionContext[];
  /** Whether the sessions are marked stale: then their points have no values. */
  readonly areStale: boolean;
  /** Wall-clock time of the sessions' points in milliseconds. */
  readonly atMillis: number;
}

/** Encodes a request. */
export type Encode = (content: ExportContent) => Uint8Array;

const scope = 'koa-context-window';
const cumulative = 2;
/** `no_recorded_value`: ends a series in queries within seconds instead of five minutes. */
const noRecordedValue = 1;

/**
 * Encodes a request as protobuf.
 *
 * The points of a session differ between metrics only in the value. So they are encoded once, and for each metric the values are
 * written into them.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 */
export const encodeProtobuf: Encode = (content) => {
  const writer = new Writer();
  writer.message(1, () => {
    writer.message(1, () => writeAttributes(writer, 1, content.resource));
    writer.message(2, () => {
      writer.message(1, () => writer.text(1, scope));
      for (const { metric, points } of content.metrics) {
        writeMetric(writer, metric, () => {
          for (const point of points) writer.message(1, () => writePoint(writer, point));
        });
      }
      if (content.sessions.length > 0) writeSessions(writer, content);
    });
  });
  return writer.written();
};

function writeSessions(writer: Writer, { sessions, areStale, atMillis }: ExportContent): void {
  const points = new Writer();
  const valueAt = sessions.map((session) => writeSessionPoint(points, session, areStale, atMillis));
  for (const { metric, valueOf } of sessionFigures) {
    if (!areStale) {
      for (let index = 0; index < sessions.length; index++) {
        points.setDouble(valueAt[index]!, valueOf(sessions[index]!));
      }
    }
    writeMetric(writer, metric, () => writer.raw(points.written()));
  }
}

/** Writes one point with room for its value, and returns where the value belongs. */
function writeSessionPoint(
  writer: Writer,
  { sessionId, createdAtMillis }: SessionContext,
  isStale: boolean,
  atMillis: number,
): number {
  const idBytes = sessionId.length + 1 + varintBytes(sessionId.length);
  const attributeBytes = 12 + 1 + varintBytes(idBytes) + idBytes;
  const length = 1 + varintBytes(attributeBytes) + attributeBytes + (isStale ? 20 : 27);
  writer.reserve(length + 8);
  writer.head(1, length);
  writer.head(7, attributeBytes);
  writer.ascii(1, 'session_id');
  writer.head(2, idBytes);
  writer.ascii(1, sessionId);
  writer.time(2, isStale ? atMillis : createdAtMillis);
  writer.time(3, atMillis);
  if (isStale) writer.uint(8, noRecordedValue);
  else writer.double(4, 0);
  return writer.position - 8;
}

function writeMetric(writer: Writer, metric: Metric, writePoints: () => void): void {
  writer.message(2, () => {
    writer.text(1, metric.name);
    writer.text(2, metric.description);
    writer.text(3, metric.unit);
    writer.message({ gauge: 5, counter: 7, histogram: 9 }[metric.kind], () => {
      writePoints();
      if (metric.kind !== 'gauge') writer.uint(2, cumulative);
      if (metric.kind === 'counter') writer.uint(3, 1);
    });
  });
}

function writePoint(writer: Writer, { attributes, startMillis, atMillis, value, histogram }: Point): void {
  writeAttributes(writer, histogram === undefined ? 7 : 9, attributes);
  writer.time(2, startMillis);
  writer.time(3, atMillis);
  if (value === undefined) return writer.uint(8, noRecordedValue);
  if (histogram === undefined) return writer.double(4, value);
  writer.fixed64(4, value);
  writer.double(5, histogram.sum);
  writer.message(6, () => histogram.counts.forEach((count) => writer.rawFixed64(count)));
  writer.message(7, () => histogram.boundaries.forEach((bound) => writer.rawDouble(bound)));
}

function writeAttributes(writer: Writer, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: Writer, value: unknown): void {
  if (typeof value === 'boolean') writer.uint(2, value ? 1 : 0);
  else if (isUint(value)) writer.uint(3, value);
  else if (typeof value === 'number') writer.double(4, value);
  else if (Array.isArray(value)) {
    writer.message(5, () => value.forEach((one) => writer.message(1, () => writeValue(writer, one))));
  } else writer.text(1, textOf(value));
}

/** Writes protobuf fields one after the other. Every field has a number below 16, so a tag takes one byte. */
class Writer {
  #bytes = Buffer.allocUnsafe(4_096);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
  position = 0;

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.position);
  }

  /** Makes sure that this many bytes fit. */
  reserve(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.position);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset);
  }

  /** Writes a field whose length is known only once its content is written. */
  message(field: number, writeContent: () => void): void {
    this.head(field, 0);
    const start = this.position;
    writeContent();
    const length = this.position - start;
    const shift = varintBytes(length) - 1;
    this.reserve(shift);
    if (shift > 0) this.#bytes.copyWithin(start + shift, start, this.position);
    this.position = start - 1;
    this.#varint(length);
    this.position += length;
  }

  head(field: number, length: number): void {
    this.reserve(12);
    this.#bytes[this.position++] = field * 8 + 2;
    this.#varint(length);
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.head(field, length);
    this.reserve(length);
    this.position += this.#bytes.write(text, this.position);
  }

  /** Writes a text of ASCII characters without checking them, into reserved bytes. */
  ascii(field: number, text: string): void {
    const bytes = this.#bytes;
    bytes[this.position++] = field * 8 + 2;
    this.#varint(text.length);
    for (let index = 0; index < text.length; index++) bytes[this.position++] = text.charCodeAt(index) & 127;
  }

  uint(field: number, value: number): void {
    this.reserve(12);
    this.#bytes[this.position++] = field * 8;
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.reserve(9);
    this.#bytes[this.position++] = field * 8 + 1;
    this.rawDouble(value);
  }

  fixed64(field: number, value: number): void {
    this.reserve(9);
    this.#bytes[this.position++] = field * 8 + 1;
    this.rawFixed64(value);
  }

  /** Writes a time as nanoseconds, which exceed the whole numbers that a double holds: in two halves, exactly. */
  time(field: number, millis: number): void {
    this.reserve(9);
    this.#bytes[this.position++] = field * 8 + 1;
    const high = Math.floor(millis / 2 ** 20) * 1_000_000;
    const low = (high % 4_096) * 2 ** 20 + Math.floor((millis % 2 ** 20) * 1_000_000);
    this.#halves(low % 2 ** 32, Math.floor(high / 4_096) + Math.floor(low / 2 ** 32));
  }

  rawDouble(value: number): void {
    this.reserve(8);
    this.setDouble(this.position, value);
    this.position += 8;
  }

  rawFixed64(value: number): void {
    this.reserve(8);
    this.#halves(value % 2 ** 32, Math.floor(value / 2 ** 32));
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  setDouble(position: number, value: number): void {
    this.#view.setFloat64(position, value, true);
  }

  #halves(low: number, high: number): void {
    this.#view.setUint32(this.position, low, true);
    this.#view.setUint32(this.position + 4, high, true);
    this.position += 8;
  }

  #varint(value: number): void {
    for (; value >= 128; value = Math.floor(value / 128)) this.#bytes[this.position++] = (value % 128) + 128;
    this.#bytes[this.position++] = value;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (; value >= 128; value = Math.floor(value / 128)) bytes += 1;
  return bytes;
}

/** Encodes a request as JSON. */
export const encodeJson: Encode = ({ resource, metrics, ...content }) => {
  const all = [
    ...metrics.map(({ metric, points }) => metricJson(metric, points.map(pointJson).join(','))),
    ...sessionsJson(content),
  ];
  return Buffer.from(
    `{"resourceMetrics":[{"resource":{"attributes":${attributesJson(resource)}},` +
      `"scopeMetrics":[{"scope":{"name":"${scope}"},"metrics":[${all.join(',')}]}]}]}`,
  );
};

function sessionsJson({
  sessions,
  areStale,
  atMillis,
}: Pick<ExportContent, 'sessions' | 'areStale' | 'atMillis'>): string[] {
  if (sessions.length === 0) return [];
  const at = nanosOf(atMillis);
  const starts = sessions.map(({ sessionId, createdAtMillis }, index) => {
    const id = `{"key":"session_id","value":{"stringValue":${JSON.stringify(sessionId)}}}`;
    const times = `"startTimeUnixNano":"${areStale ? at : nanosOf(createdAtMillis)}","timeUnixNano":"${at}"`;
    const value = areStale ? `"flags":${noRecordedValue}` : '"asDouble":';
    return `${index === 0 ? '' : '},'}{"attributes":[${id}],${times},${value}`;
  });
  return sessionFigures.map(({ metric, valueOf }) => {
    let points = '';
    for (let index = 0; index < sessions.length; index++) {
      points += areStale ? starts[index]! : starts[index]! + valueOf(sessions[index]!);
    }
    return metricJson(metric, `${points}}`);
  });
}

function metricJson({ name, description, unit, kind }: Metric, points: string): string {
  const texts = JSON.stringify({ name, description, unit }).slice(0, -1);
  const list = `"dataPoints":[${points}]`;
  if (kind === 'gauge') return `${texts},"gauge":{${list}}}`;
  const temporality = `"aggregationTemporality":${cumulative}`;
  return kind === 'counter'
    ? `${texts},"sum":{${list},${temporality},"isMonotonic":true}}`
    : `${texts},"histogram":{${list},${temporality}}}`;
}

function pointJson({ attributes, startMillis, atMillis, value, histogram }: Point): string {
  const start = pointStart(attributes, startMillis, atMillis);
  if (value === undefined || histogram === undefined) return start + pointEnd(value);
  const { sum, counts: bucketCounts, boundaries: explicitBounds } = histogram;
  return start + JSON.stringify({ count: value, sum, bucketCounts, explicitBounds }).slice(1);
}

function pointStart(attributes: Attributes, startMillis: number, atMillis: number): string {
  const times = `"startTimeUnixNano":"${nanosOf(startMillis)}","timeUnixNano":"${nanosOf(atMillis)}"`;
  return `{"attributes":${attributesJson(attributes)},${times},`;
}

function pointEnd(value: number | undefined): string {
  return value === undefined ? `"flags":${noRecordedValue}}` : `"asDouble":${value}}`;
}

function nanosOf(millis: number): string {
  return millis % 1 === 0 ? `${millis}000000` : String(BigInt(Math.floor(millis * 1_000)) * 1_000n);
}

function attributesJson(attributes: Attributes): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, value: valueJson(value) }));
  return JSON.stringify(list);
}

function valueJson(value: unknown): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (isUint(value)) return { intValue: value };
  if (typeof value === 'number') return { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueJson) } };
  return { stringValue: textOf(value) };
}

function isUint(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
