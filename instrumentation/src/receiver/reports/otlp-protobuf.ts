/**
 * Converts an OTLP/HTTP logs request from protobuf to the shape that it has in JSON, as far as events need it: times, bodies
 * and attributes, nested two deep.
 *
 * Written out here because the OpenTelemetry packages only encode requests, and a protobuf library is ten times this
 * file: the wire format has five field types and has not changed since 2008. The tests decode what OpenTelemetry encodes.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/,
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/logs/v1/logs.proto
 *
 * @throws RangeError if the bytes are not protobuf
 */
export function decodeLogsRequest(bytes: Uint8Array): unknown {
  return decode(bytes, logsRequest);
}

type Decode = (value: WireValue) => unknown;
type WireValue = Uint8Array | bigint;
interface Field {
  readonly name: string;
  readonly decode: Decode;
  readonly repeated?: true;
}
type Message = ReadonlyMap<number, Field>;

const utf8 = new TextDecoder();
const text: Decode = (value) => (value instanceof Uint8Array ? utf8.decode(value) : undefined);
const bool: Decode = (value) => value !== 0n;
const int64: Decode = (value) =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value).toString() : undefined;
const double: Decode = (value) =>
  typeof value === 'bigint' ? new Float64Array(BigUint64Array.of(value).buffer)[0] : undefined;
const nested =
  (message: Message): Decode =>
  (value) =>
    value instanceof Uint8Array ? decode(value, message) : undefined;

/** Deepest nesting of lists and maps that is read, so that a deeply nested body cannot overflow the stack. */
function anyValueOf(depth: number): Message {
  const scalars: [number, Field][] = [
    [1, { name: 'stringValue', decode: text }],
    [2, { name: 'boolValue', decode: bool }],
    [3, { name: 'intValue', decode: int64 }],
    [4, { name: 'doubleValue', decode: double }],
  ];
  if (depth === 0) return new Map(scalars);
  const inner = anyValueOf(depth - 1);
  const listOf = (message: Message): Message =>
    new Map([[1, { name: 'values', decode: nested(message), repeated: true }]]);
  return new Map([
    ...scalars,
    [5, { name: 'arrayValue', decode: nested(listOf(inner)) }],
    [6, { name: 'kvlistValue', decode: nested(listOf(keyValueOf(inner))) }],
  ]);
}
const keyValueOf = (value: Message): Message =>
  new Map([
    [1, { name: 'key', decode: text }],
    [2, { name: 'value', decode: nested(value) }],
  ]);
const anyValue = anyValueOf(2);
const keyValue = keyValueOf(anyValue);
const logRecord: Message = new Map<number, Field>([
  [1, { name: 'timeUnixNano', decode: int64 }],
  [5, { name: 'body', decode: nested(anyValue) }],
  [6, { name: 'attributes', decode: nested(keyValue), repeated: true }],
  [12, { name: 'eventName', decode: text }],
]);
const scopeLogs: Message = new Map([[2, { name: 'logRecords', decode: nested(logRecord), repeated: true }]]);
const resource: Message = new Map([[1, { name: 'attributes', decode: nested(keyValue), repeated: true }]]);
const resourceLogs: Message = new Map<number, Field>([
  [1, { name: 'resource', decode: nested(resource) }],
  [2, { name: 'scopeLogs', decode: nested(scopeLogs), repeated: true }],
]);
const logsRequest: Message = new Map([
  [1, { name: 'resourceLogs', decode: nested(resourceLogs), repeated: true }],
]);

function decode(bytes: Uint8Array, message: Message): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const wire = new WireReader(bytes);
  while (!wire.atEnd) {
    const tag = Number(wire.varint());
    const value = wire.value(tag & 7);
    const field = message.get(Math.floor(tag / 8));
    if (field === undefined) continue;
    const decoded = field.decode(value);
    if (field.repeated) ((result[field.name] ??= []) as unknown[]).push(decoded);
    else result[field.name] = decoded;
  }
  return result;
}

class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#view.getUint8(this.#advance(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('Expected a protobuf varint of at most 10 bytes');
  }

  value(wireType: number): WireValue {
    if (wireType === 0) return this.varint();
    if (wireType === 1) return this.#view.getBigUint64(this.#advance(8), true);
    if (wireType === 5) return BigInt(this.#view.getUint32(this.#advance(4), true));
    if (wireType !== 2)
      throw new RangeError(`Expected a protobuf wire type of 0, 1, 2 or 5, got ${wireType}`);
    const length = Number(this.varint());
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#bytes.length) throw new RangeError('Expected more bytes of protobuf');
    this.#offset += length;
    return start;
  }
}
