/**
 * Decodes an OTLP metrics request from protobuf to the shape that it has in JSON. Fields that are not in the schema are an error.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/metrics/v1/metrics.proto
 */
export function decodeMetrics(bytes: Uint8Array): Record<string, unknown> {
  return decode(bytes, request);
}

type Kind = 'text' | 'bool' | 'uint' | 'int' | 'double' | 'fixed64' | 'nanos' | 'fixed64s' | 'doubles';
type Schema = { readonly [field: number]: readonly [name: string, type: Kind | Schema, repeated?: 'many'] };

const anyValue: Schema = {
  1: ['stringValue', 'text'],
  2: ['boolValue', 'bool'],
  3: ['intValue', 'int'],
  4: ['doubleValue', 'double'],
  get 5(): Schema[number] {
    return ['arrayValue', { 1: ['values', anyValue, 'many'] }];
  },
};
const keyValue: Schema = { 1: ['key', 'text'], 2: ['value', anyValue] };
const times: Schema = { 2: ['startTimeUnixNano', 'nanos'], 3: ['timeUnixNano', 'nanos'] };
const numberPoint: Schema = {
  ...times,
  4: ['asDouble', 'double'],
  7: ['attributes', keyValue, 'many'],
  8: ['flags', 'uint'],
};
const histogramPoint: Schema = {
  ...times,
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'fixed64s'],
  7: ['explicitBounds', 'doubles'],
  9: ['attributes', keyValue, 'many'],
};
const metric: Schema = {
  1: ['name', 'text'],
  2: ['description', 'text'],
  3: ['unit', 'text'],
  5: ['gauge', { 1: ['dataPoints', numberPoint, 'many'] }],
  7: [
    'sum',
    {
      1: ['dataPoints', numberPoint, 'many'],
      2: ['aggregationTemporality', 'uint'],
      3: ['isMonotonic', 'bool'],
    },
  ],
  9: ['histogram', { 1: ['dataPoints', histogramPoint, 'many'], 2: ['aggregationTemporality', 'uint'] }],
};
const request: Schema = {
  1: [
    'resourceMetrics',
    {
      1: ['resource', { 1: ['attributes', keyValue, 'many'], 2: ['droppedAttributesCount', 'uint'] }],
      2: ['scopeMetrics', { 1: ['scope', { 1: ['name', 'text'] }], 2: ['metrics', metric, 'many'] }, 'many'],
    },
    'many',
  ],
};

function decode(bytes: Uint8Array, schema: Schema): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  // Lists are there even if they are empty, as in JSON.
  for (const [name, , repeated] of Object.values(schema)) if (repeated) message[name] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(position++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < bytes.length) {
    const tag = varint();
    const field = schema[tag >> 3];
    if (field === undefined)
      throw new Error(`Unknown field ${tag >> 3} beside ${Object.keys(schema).join(', ')}`);
    const [name, type, repeated] = field;
    let value: unknown;
    if ((tag & 7) === 0) value = type === 'bool' ? varint() === 1 : varint();
    else if ((tag & 7) === 1) {
      value = type === 'double' ? view.getFloat64(position, true) : view.getBigUint64(position, true);
      position += 8;
      if (typeof value === 'bigint') value = type === 'nanos' ? `${value}` : Number(value);
    } else if ((tag & 7) === 2) {
      const length = varint();
      if (position + length > bytes.length) throw new Error(`${name} ends beyond its message`);
      value = decodeBytes(bytes.subarray(position, position + length), type);
      position += length;
    } else throw new Error(`Unknown wire type of ${name}`);
    if (repeated) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }
  return message;
}

function decodeBytes(bytes: Uint8Array, type: Kind | Schema): unknown {
  if (typeof type === 'object') return decode(bytes, type);
  if (type === 'text') return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) =>
    type === 'doubles' ? view.getFloat64(index * 8, true) : Number(view.getBigUint64(index * 8, true)),
  );
}
