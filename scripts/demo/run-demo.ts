import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  EmbeddingMeter,
  receiverMetrics,
  type Series,
  type SeriesSource,
  SessionRegistry,
} from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { defaultThresholds, type Thresholds } from '#thresholds';
import { connectMcpSession, type McpSession } from './mcp-client.ts';
import { createMcpApp } from './mcp-server.ts';
import { playSession, type SessionOutcome } from './session-player.ts';
import {
  idleTimeoutMillis,
  randomUuid,
  seededRandom,
  sessionScript,
  type SessionScript,
} from './session-script.ts';

/** How {@link runDemo} runs. */
export interface DemoOptions {
  /** Number of sessions. Default 8. */
  readonly sessions?: number;
  /** How many times faster than real time. Default 1, which takes about 3 minutes. */
  readonly speed?: number;
  /** The same seed gives the same sessions, ids included. Default 1. */
  readonly seed?: number;
  /** Shares of the window at which a crossing counts. Default 70 and 90. */
  readonly thresholds?: Thresholds;
  /** URL of the collector, without `/v1/metrics`. */
  readonly otlpEndpoint: string;
  /** Whether the sessions that stay continue until the signal. Default: they end after about 3 minutes. */
  readonly isEndless?: boolean;
  /** Called with a line for each event. Default: nothing is printed. */
  readonly log?: (line: string) => void;
  /** Stops the demo early and cleanly. */
  readonly signal?: AbortSignal;
}

/** The result of a demo. */
export interface DemoSummary {
  /** One entry per session, in the order of their numbers. */
  readonly sessions: readonly SessionOutcome[];
  readonly durationMillis: number;
}

/**
 * Runs MCP sessions against an MCP server on Koa until each has played its script or the signal stops them. Then marks
 * their series stale, so that queries no longer return them.
 *
 * @example
 * await runDemo({ speed: 10, otlpEndpoint: 'http://127.0.0.1:4318', log: console.log });
 */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { sessions = 8, speed = 1, seed = 1, thresholds = defaultThresholds, otlpEndpoint } = options;
  const log = options.log ?? (() => undefined);
  const registry = new SessionRegistry({ idleTimeoutMillis: idleMillis(speed), thresholds });
  const embeddings = new EmbeddingMeter();
  await using server = await listen(registry, seed, embeddings);
  const described = new Map<string, SessionScript>();
  const series = () => [...embeddings.series(), ...descriptionsOf(described, registry)];
  await using _ = exportMetrics(registry, series, { otlpEndpoint, speed });
  await using clients = await connectAll(server.url, seed, sessions);
  for (const [index, { sessionId }] of clients.sessions.entries()) {
    described.set(sessionId, sessionScript(seed, index));
  }
  log(`${sessions} MCP sessions are connected to ${server.url.href}`);
  const startedMillis = performance.now();
  // A session that fails stops the others, which would otherwise continue without a server.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  const isEndless = options.isEndless === true;
  const play = { registry, thresholds, speed, log, startedMillis, signal, isEndless };
  const outcomes = await Promise.all(
    clients.sessions.map((session, index) => playSession(session, sessionScript(seed, index), play)),
  ).finally(() => failed.abort());
  return { sessions: outcomes, durationMillis: performance.now() - startedMillis };
}

/** At least 2 s, so that sessions do not expire between two turns on a busy machine. */
function idleMillis(speed: number): number {
  return Math.max(2_000, Math.round(idleTimeoutMillis / speed));
}

async function listen(registry: SessionRegistry, seed: number, embeddings: EmbeddingMeter) {
  const random = seededRandom(seed, -1);
  const server = createMcpApp(registry, () => randomUuid(random), embeddings).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function exportMetrics(
  registry: SessionRegistry,
  series: SeriesSource,
  { otlpEndpoint, speed }: { otlpEndpoint: string; speed: number },
) {
  return startTelemetry({
    registry,
    series: [series],
    url: `${otlpEndpoint.replace(/\/$/, '')}/v1/metrics`,
    serviceName: 'ctxd-demo',
    exportIntervalMillis: Math.max(100, Math.round(1_000 / Math.max(1, speed))),
    flushOnSignals: false,
  });
}

/** The name, the project and the model of each live session, as the receiver exports them. */
function descriptionsOf(described: ReadonlyMap<string, SessionScript>, registry: SessionRegistry): Series[] {
  return Array.from(described)
    .filter(([id]) => registry.get(id) !== undefined)
    .map(([id, { name, project, model }]) => ({
      metric: receiverMetrics.sessionInfo,
      attributes: { session_id: id, session_name: name, project, model, source: 'demo' },
      value: 1,
    }));
}

/** One after another, so that the same seed gives each session the same `Mcp-Session-Id`. */
async function connectAll(url: URL, seed: number, count: number) {
  const sessions: McpSession[] = [];
  for (let index = 0; index < count; index++) {
    const { sessionId, sendsOwnId } = sessionScript(seed, index);
    sessions.push(await connectMcpSession(url, sendsOwnId ? sessionId : undefined));
  }
  return {
    sessions,
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}
