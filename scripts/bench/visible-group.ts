import { setTimeout } from 'node:timers/promises';
import { SessionRegistry, sessionMetrics } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { partNamed } from '../../compose/parts.ts';
import { portsFrom } from '../../compose/ports.ts';
import { answers, healthUrlOf, urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import { stateDirFrom } from '../../compose/runtime/state.ts';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { startNative } from '../stack/native-stack.ts';
import { quantile } from './statistics.ts';
import type { Table } from './table.ts';

/** One report to wait for. */
interface Probe {
  readonly sessionId: string;
  readonly tokensUsed: number;
}

const betweenProbesMillis = 331;
const betweenQueriesMillis = 50;
const givenUpMillis = 60_000;

/** Measures the time from a report until a query returns it, through the real collector and VictoriaMetrics. */
export async function measureVisibility(quick: boolean): Promise<Table[]> {
  await using stack = new AsyncDisposableStack();
  const { urls, storeAuthorization } = (await runningStack()) ?? stack.use(await startStack());
  const registry = new SessionRegistry();
  const telemetry = startTelemetry({ registry, url: `${urls.collector}/v1/metrics`, flushOnSignals: false });
  stack.defer(() => telemetry.shutdown());
  const report = async (probe: Probe) => {
    registry.reportUsage(probe.sessionId, probe);
    return await millisUntilSeen({ url: urls.victoriametrics, authorization: storeAuthorization }, probe);
  };
  const ids = Array.from({ length: quick ? 30 : 60 }, (_, index) => `bench-${process.pid}-${index}`);
  const ofNew = await staggered(ids.map((sessionId) => () => report({ sessionId, tokensUsed: 1_000 })));
  const ofKnown = await staggered(ids.map((sessionId) => () => report({ sessionId, tokensUsed: 2_000 })));
  const rows = [row('known', ofKnown), row('new', ofNew)];
  return [{ title: 'Time from a report until a query returns it, with an export every second', rows }];
}

async function runningStack() {
  const ports = portsFrom(process.env);
  const collector = partNamed('collector');
  const victoriametrics = partNamed('victoriametrics');
  const healthy = [collector, victoriametrics].map((part) => answers(healthUrlOf(part, ports)));
  if ((await Promise.all(healthy)).includes(false)) return undefined;
  return {
    urls: {
      collector: urlOf(collector.name, ports),
      victoriametrics: urlOf(victoriametrics.name, ports),
    },
    storeAuthorization: (await authorizationFor(victoriametrics, stateDirFrom(process.env))) ?? '',
  };
}

function startStack() {
  console.log('No running stack: starting a collector and VictoriaMetrics for this measurement.');
  return startNative({ parts: ['collector', 'victoriametrics'], print: console.log });
}

/** Spreads the reports over the export interval and returns how long each one took. */
function staggered(reports: readonly (() => Promise<number>)[]): Promise<number[]> {
  return Promise.all(
    reports.map(async (report, index) => {
      await setTimeout(index * betweenProbesMillis);
      return await report();
    }),
  );
}

async function millisUntilSeen(store: Server, { sessionId, tokensUsed }: Probe): Promise<number> {
  const query = `${sessionMetrics.contextTokens.name}{session_id="${sessionId}"}`;
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
  const started = performance.now();
  while (performance.now() - started < givenUpMillis) {
    if ((await readValue(store, path)) === tokensUsed) return performance.now() - started;
    await setTimeout(betweenQueriesMillis);
  }
  throw new Error(`Session ${sessionId} was not visible within ${givenUpMillis / 1_000} s`);
}

async function readValue(store: Server, path: string): Promise<number | undefined> {
  const response = await fetchFrom(store, path);
  const answer: { data?: { result?: { value: [number, string] }[] } } = JSON.parse(await response.text());
  const text = answer.data?.result?.[0]?.value[1];
  return text === undefined ? undefined : Number(text);
}

function row(session: string, millis: readonly number[]) {
  const seconds = millis.map((value) => value / 1_000);
  return {
    session,
    n: seconds.length,
    'p50 s': quantile(seconds, 0.5),
    'p95 s': quantile(seconds, 0.95),
    'max s': Math.max(...seconds),
  };
}
