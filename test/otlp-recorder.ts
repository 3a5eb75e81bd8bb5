import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { decodeMetrics } from './otlp-decoder.ts';

/** One data point as received, its attributes as a plain object. */
export interface RecordedPoint {
  readonly metric: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number | undefined;
  /** 1 is the staleness marker `no_recorded_value`. */
  readonly flags: number;
  readonly temporality: number | undefined;
}

/** Records what OTLP/HTTP clients send, in protobuf or JSON. */
export interface OtlpRecorder extends AsyncDisposable {
  /** The base URL, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly requests: {
    readonly points: RecordedPoint[];
    readonly resource: Record<string, unknown>;
    readonly headers: NodeJS.Dict<string | string[]>;
  }[];
  /** All points of one metric, oldest first. */
  points(metric: string): RecordedPoint[];
  /** The status of the next answers; 0 leaves requests unanswered. */
  status: number;
  /** Whether the request with this index, from 0, is answered with 400 instead. */
  refuse: (request: number) => boolean;
  /** Milliseconds that each answer takes. Default: 0. */
  answerMillis: number;
}

interface WireAttribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}
interface WirePoint {
  attributes?: WireAttribute[];
  asDouble?: number;
  asInt?: number | string;
  count?: number | string;
  flags?: number;
}
interface WireMetric {
  name: string;
  gauge?: { dataPoints: WirePoint[] };
  sum?: { dataPoints: WirePoint[]; aggregationTemporality: number };
  histogram?: { dataPoints: WirePoint[]; aggregationTemporality: number };
}
interface WireRequest {
  resourceMetrics: { resource: { attributes: WireAttribute[] }; scopeMetrics: { metrics: WireMetric[] }[] }[];
}

/** Starts a real HTTP server that records OTLP metrics. */
export async function startOtlpRecorder(): Promise<OtlpRecorder> {
  const requests: OtlpRecorder['requests'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const isJson = request.headers['content-type'] === 'application/json';
    const content = (isJson ? JSON.parse(String(text)) : decodeMetrics(text)) as unknown as WireRequest;
    requests.push({ ...recorded(content), headers: request.headers });
    const index = requests.length - 1;
    if (recorder.answerMillis > 0) await sleep(recorder.answerMillis);
    if (recorder.status !== 0)
      response
        .writeHead(recorder.refuse(index) ? 400 : recorder.status, {
          'content-type': request.headers['content-type'],
        })
        .end(isJson ? '{}' : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const recorder: OtlpRecorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    status: 200,
    refuse: () => false,
    answerMillis: 0,
    points: (metric) => requests.flatMap(({ points }) => points).filter((point) => point.metric === metric),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return recorder;
}

function recorded({ resourceMetrics }: WireRequest) {
  const metrics = resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics);
  return {
    points: metrics.flatMap(pointsOf),
    resource: attributesOf(resourceMetrics[0]?.resource.attributes),
  };
}

function pointsOf({ name, gauge, sum, histogram }: WireMetric): RecordedPoint[] {
  const temporality = sum?.aggregationTemporality ?? histogram?.aggregationTemporality;
  const points = gauge?.dataPoints ?? sum?.dataPoints ?? histogram?.dataPoints ?? [];
  return points.map(({ attributes, asDouble, asInt, count, flags = 0 }) => {
    const value = asDouble ?? asInt ?? count;
    return {
      metric: name,
      attributes: attributesOf(attributes),
      value: value === undefined ? value : Number(value),
      flags,
      temporality,
    };
  });
}

function attributesOf(attributes: WireAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
