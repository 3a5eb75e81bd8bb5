import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { receiverMetrics, sessionMetrics } from 'koa-context-window';
import { mostNewSessions } from '../../../instrumentation/src/receiver/sessions/admission.ts';
import { portsFrom } from '../../../compose/ports.ts';
import { urlOf, waitUntil } from '../../../compose/runtime/health.ts';
import { sharedPath } from '../../../compose/runtime/state.ts';
import { quantile } from '../../../scripts/bench/statistics.ts';
import type { Fault, Target } from '../fault.ts';
import { storeReader } from '../store.ts';

const crossings = 30;
const patienceMillis = 240_000;
const ids = 1_000_000;
const idsPerRequest = 1_000;
/** What the receiver's container may take. */
const mostMebibytes = 512;
const lastActivity = sessionMetrics.lastActivity.name;

/** More sessions than one person has. */
export const manySessions: readonly Fault[] = [
  {
    name: '10,000 live sessions',
    adds: /^many-/,
    strike: async (target) => {
      const application = await startSessions(target, 10_000);
      const { value } = storeReader(target.stack);
      const live = `count(last_over_time(${lastActivity}{session_id=~"many-.*"}[1m]))`;
      if (!(await waitUntil(async () => ((await value(live)) ?? 0) >= 10_000, patienceMillis)))
        throw new Error(`${await value(live)} of 10,000 sessions are visible`);
      const [waits, lags] = await Promise.all([crossingSeconds(application, target), lagSeconds(target)]);
      target.remark(`crossing to notification ${figures(waits)}`);
      target.remark(`data lag ${figures(lags)}`);
      const cutShort = await value(
        'sum(contextd_exports_failed_total{service_name="many", reason="too_slow"})',
      );
      target.remark(`${cutShort ?? 0} exports cut short`);
      return async () => {
        application.kill();
        await once(application, 'exit');
      };
    },
    lastsSeconds: 1,
  },
  {
    name: 'a million session ids through one receiver',
    adds: /^million-/,
    strike: async (target) => {
      const { stack } = target;
      for (let first = 0; first < ids; first += idsPerRequest) await sendEvents(target, first);
      const { value } = storeReader(stack);
      const refused = `sum(${receiverMetrics.ignored.name}{source="otlp", reason="too_many_sessions"})`;
      const isCounted = async () => ((await value(refused)) ?? 0) >= ids - mostNewSessions * 2;
      if (!(await waitUntil(isCounted, patienceMillis)))
        throw new Error(`${await value(refused)} of ${ids} new sessions are counted as refused`);
      const dropped = (await value('sum(vm_hourly_series_limit_rows_dropped_total)')) ?? 0;
      if (dropped > 0) throw new Error(`VictoriaMetrics dropped ${dropped} samples of new series`);
      const most = await mostMemory(await stack.pidOf('receiver'));
      target.remark(`the receiver took at most ${most} MiB`);
      if (most > mostMebibytes) throw new Error(`the receiver took ${most} MiB`);
    },
    allows: [{ reports: Infinity, reason: 'the receiver keeps the 10,000 sessions that reported last' }],
  },
];

/** Sends events of new sessions, a request each, to the receiver. */
async function sendEvents({ stack }: Target, first: number): Promise<void> {
  const token = (await readFile(sharedPath(stack.stateDir, 'receiverToken'), 'utf8')).trim();
  const logRecords = Array.from({ length: idsPerRequest }, (_, index) => ({
    timeUnixNano: `${Date.now()}000000`,
    attributes: Object.entries({
      'event.name': 'api_request',
      'session.id': `million-${first + index}`,
      'event.timestamp': new Date().toISOString(),
      query_source: 'repl_main_thread',
      input_tokens: '1000',
    }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  }));
  const response = await fetch(`${urlOf('receiver', portsFrom(stack.env))}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  });
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  await response.body?.cancel();
}

/** The most memory that a process has taken so far, in MiB; 0 where the system does not say. */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

async function startSessions({ stack }: Target, count: number): Promise<ChildProcess> {
  const url = urlOf('collector', portsFrom(stack.env));
  const env = { ...process.env, CTXD_COLLECTOR_TOKEN_FILE: sharedPath(stack.stateDir, 'collectorToken') };
  const application = fork(join(import.meta.dirname, '../many-sessions.ts'), [url, String(count)], { env });
  await once(application, 'message');
  return application;
}

/** Seconds from crossings of the critical threshold until their notifications arrive. */
async function crossingSeconds(application: ChildProcess, { sent }: Target): Promise<number[]> {
  const waits = Array.from({ length: crossings }, async (_, index) => {
    await sleep(index * 1_370);
    const session = `many-${index}`;
    const startedMillis = performance.now();
    application.send(session);
    const arrived = await waitUntil(
      async () => sent().some((one) => one.session === session),
      patienceMillis,
    );
    if (!arrived) throw new Error(`no notification of ${session}`);
    return (performance.now() - startedMillis) / 1_000;
  });
  return await Promise.all(waits);
}

/** Ages of the newest visible report of a session that reports every second. */
async function lagSeconds({ stack }: Target): Promise<number[]> {
  const { value } = storeReader(stack);
  const ages: number[] = [];
  for (let index = 0; index < crossings; index += 1) {
    await sleep(1_370);
    ages.push(
      (await value(`time() - last_over_time(${lastActivity}{session_id="many-probe"}[5m])`)) ?? Infinity,
    );
  }
  return ages;
}

const figures = (seconds: readonly number[]) =>
  `p50 ${quantile(seconds, 0.5).toFixed(1)} s, p95 ${quantile(seconds, 0.95).toFixed(1)} s`;
