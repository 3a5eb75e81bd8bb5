import { setTimeout as sleep } from 'node:timers/promises';
import { SessionRegistry } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { type RuleGroup, ruleGroups } from '../../alerts/rules.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import { type NativeStack, startNative } from '../stack/native-stack.ts';
import type { Table } from './table.ts';

type Figures = ReadonlyMap<string, number>;

/** How many sessions live, and how many of them are above both thresholds. */
const loads = [
  { live: 1_000, high: 100 },
  { live: 10_000, high: 100 },
  { live: 10_000, high: 3_000 },
] as const;
const untilSteadyMillis = 45_000;

/**
 * Measures how long vmalert takes to evaluate the rules with live sessions that export every second, and how many evaluations
 * it misses. The urgent rules should take as long with ten times the sessions, as long as no more of them are high.
 */
export async function measureRules(quick: boolean): Promise<Table[]> {
  const seconds = quick ? 30 : 120;
  const tables: Table[] = [];
  for (const load of loads) tables.push(await measureAt(load, seconds));
  return tables;
}

async function measureAt({ live, high }: (typeof loads)[number], seconds: number): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const parts = ['collector', 'victoriametrics', 'alertmanager', 'vmalert', 'receiver'] as const;
  const stack = resources.use(await startNative({ parts, print: console.log }));
  const registry = new SessionRegistry({ maxSessions: live });
  const url = `${stack.urls.collector}/v1/metrics`;
  const telemetry = startTelemetry({ registry, url, flushOnSignals: false });
  resources.defer(() => telemetry.shutdown());
  for (let index = 0; index < live; index++) {
    registry.reportUsage(`bench-rules-${index}`, { tokensUsed: index < high ? 190_000 : 100_000 });
  }
  if (!(await waitUntil(() => areStored(stack, live), 120_000)))
    throw new Error('VictoriaMetrics did not return all sessions within 2 minutes');
  await sleep(untilSteadyMillis);
  const before = await figuresOf(stack);
  await sleep(seconds * 1_000);
  const after = await figuresOf(stack);
  const since = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const cores = (part: string) => `${part} ${(since(part) / seconds).toFixed(2)}`;
  const title = `Evaluation of the rules at ${live} live sessions, ${after.get('firing')} alerts firing, over ${seconds} s`;
  return {
    title: `${title}; cores used: ${cores('victoriametrics')}, ${cores('vmalert')}`,
    rows: ruleGroups().map((group) => rowOf(group, since, after)),
  };
}

function rowOf({ name, interval }: RuleGroup, since: (name: string) => number, after: Figures) {
  const evaluations = since(`vmalert_iteration_duration_seconds_count ${name}`);
  const millis = 1_000 * since(`vmalert_iteration_duration_seconds_sum ${name}`);
  return {
    group: name,
    interval,
    evaluations,
    missed: since(`vmalert_iteration_missed_total ${name}`),
    'mean ms': millis / evaluations,
    'max ms': 1_000 * (after.get(`vmalert_iteration_duration_seconds 1 ${name}`) ?? Number.NaN),
  };
}

async function areStored(
  { urls, storeAuthorization: authorization }: NativeStack,
  sessions: number,
): Promise<boolean> {
  const query = encodeURIComponent('count(contextd_session_context_tokens)');
  const answer = await fetch(`${urls.victoriametrics}/api/v1/query?query=${query}`, {
    headers: { authorization },
  });
  return (await answer.text()).includes(`"${sessions}"`);
}

/** Metrics of vmalert by name, quantile and group, the number of firing alerts, and the CPU time of the parts. */
async function figuresOf({ urls, storeAuthorization: authorization }: NativeStack): Promise<Figures> {
  const figures = new Map<string, number>([['firing', 0]]);
  for (const part of ['victoriametrics', 'vmalert'] as const) {
    const text = await (await fetch(`${urls[part]}/metrics`, { headers: { authorization } })).text();
    const line =
      /^(process_cpu_seconds_total|vmalert_iteration_\w+|vmalert_alerts_firing)(?:\{(.*)\})? (\S+)$/gm;
    for (const [, metric = '', labels = '', value] of text.matchAll(line)) {
      const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1];
      const group = [metric, label('quantile'), label('group')].filter(Boolean).join(' ');
      const names: Readonly<Record<string, string>> = {
        process_cpu_seconds_total: part,
        vmalert_alerts_firing: 'firing',
      };
      const name = names[metric] ?? group;
      figures.set(name, (name === 'firing' ? (figures.get(name) ?? 0) : 0) + Number(value));
    }
  }
  return figures;
}
