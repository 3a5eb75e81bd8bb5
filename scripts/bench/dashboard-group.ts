import { withVariables } from '#queries';
import { defaultThresholds } from '#thresholds';
import { receiverMetrics, sessionMetrics } from 'koa-context-window';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { type Dashboard, type Question, questionsOf } from '../dashboards/questions.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { startNative } from '../stack/native-stack.ts';
import { median } from './statistics.ts';
import type { Table } from './table.ts';

interface Cost {
  readonly millis: number;
  readonly series: number;
  readonly bytes: number;
}

const sessions = 10_000;
const sampleSeconds = 20;
const sessionsPerImport = 250;
const rangeSeconds = 3_600;
/** Points in a chart half a screen wide. */
const points = 500;

/** Grafana's variables for the last hour. */
const variables = (seconds: number): Readonly<Record<string, string>> => ({
  $__rate_interval: `${Math.max(seconds + 15, 60)}s`,
  $__interval: `${seconds}s`,
  $__range: `${rangeSeconds}s`,
  '${sessions:pipe}': `${idOf(1)}|${idOf(2)}|${idOf(3)}`,
  '${fullest:pipe}': `${idOf(1)}|${idOf(2)}|${idOf(3)}`,
  $linked: '',
  $session: idOf(1),
});

/** Measures the cost of each panel's queries in VictoriaMetrics, with 10,000 sessions that are live for an hour. */
export async function measureDashboards(quick: boolean): Promise<Table[]> {
  await using stack = await startNative({ parts: ['victoriametrics'], print: console.log });
  const store = { url: stack.urls.victoriametrics, authorization: stack.storeAuthorization };
  const endSeconds = Math.floor(Date.now() / 1_000);
  const samples = (quick ? 600 : rangeSeconds) / sampleSeconds;
  console.log(`Storing ${samples} samples of each figure of ${sessions} sessions …`);
  for (let from = 0; from < sessions; from += sessionsPerImport) {
    await importLines(store, linesOf(from, samples, endSeconds));
  }
  await fetchFrom(store, '/internal/force_flush');
  await untilStored(store, endSeconds);
  const tables: Table[] = [];
  for (const json of dashboardFiles(defaultThresholds).values()) {
    tables.push(await measureDashboard(store, endSeconds, JSON.parse(json) as Dashboard, quick ? 1 : 3));
  }
  return tables;
}

async function measureDashboard(
  store: Server,
  endSeconds: number,
  dashboard: Dashboard,
  times: number,
): Promise<Table> {
  const rows: { asker: string; ms: number; series: number; kB: number }[] = [];
  for (const question of questionsOf(dashboard)) {
    const answers = [];
    for (let time = 0; time < times; time++) answers.push(await costOf(store, question, endSeconds));
    const [{ series, bytes }] = answers as [Cost, ...Cost[]];
    const ms = median(answers.map(({ millis }) => millis));
    rows.push({ asker: question.asker, ms, series, kB: bytes / 1_000 });
  }
  const sum = (key: 'ms' | 'series' | 'kB') => rows.reduce((total, row) => total + row[key], 0);
  rows.push({ asker: 'one refresh, in total', ms: sum('ms'), series: sum('series'), kB: sum('kB') });
  return { title: `${dashboard.title}: each query at ${sessions} live sessions, over an hour`, rows };
}

function stepOf({ interval = '0s', maxDataPoints = points }: Question): number {
  const leastSeconds = Number.parseInt(interval) * (interval.endsWith('m') ? 60 : 1);
  return Math.max(Math.ceil(rangeSeconds / maxDataPoints), leastSeconds);
}

async function costOf(store: Server, question: Question, endSeconds: number): Promise<Cost> {
  const { isRange } = question;
  const step = stepOf(question);
  const query = withVariables(question.expr, variables(step));
  const span = { start: String(endSeconds - rangeSeconds), end: String(endSeconds), step: `${step}s` };
  const when = isRange ? span : { time: String(endSeconds) };
  const body = new URLSearchParams({ query, nocache: '1', ...when });
  const started = performance.now();
  const response = await fetchFrom(store, `/api/v1/${isRange ? 'query_range' : 'query'}`, {
    method: 'POST',
    body,
  });
  const text = await response.text();
  const millis = performance.now() - started;
  const answer = JSON.parse(text) as { data: { result: unknown[] } };
  return { millis, bytes: text.length, series: answer.data.result.length };
}

/** VictoriaMetrics' import format: one line per series. */
function linesOf(from: number, samples: number, endSeconds: number): string {
  const timestamps = Array.from(
    { length: samples },
    (_, index) => (endSeconds - (samples - 1 - index) * sampleSeconds) * 1_000,
  );
  const lines: string[] = [];
  for (let index = from; index < from + sessionsPerImport; index++) {
    for (const [metric, labels, values] of seriesOf(index, samples)) {
      lines.push(JSON.stringify({ metric: { __name__: metric, ...labels }, values, timestamps }));
    }
  }
  return lines.join('\n');
}

type Series = readonly [metric: string, labels: Record<string, string>, values: readonly number[]];

function seriesOf(index: number, samples: number): Series[] {
  const labels = { session_id: idOf(index), service_name: 'bench' };
  const over = (value: (step: number) => number) => Array.from({ length: samples }, (_, step) => value(step));
  const tokens = (step: number) => ((index * 7_919) % 150_000) + 250 * ((step + index) % 180);
  const figures: Record<keyof typeof sessionMetrics, (step: number) => number> = {
    contextTokens: tokens,
    peakTokens: tokens,
    contextUsagePercent: (step) => tokens(step) / 2_000,
    threshold70: (step) => Math.floor((step + index) / 180),
    threshold90: (step) => Math.floor((step + index) / 180),
    checkpoints: (step) => Math.floor((step + index) / 180),
    tokensSaved: (step) => 45_000 * Math.floor((step + index) / 180),
    duration: (step) => step * sampleSeconds,
    windowTokens: () => 200_000,
    lastActivity: (step) => step,
  };
  const info = {
    ...labels,
    session_name: `Session ${index}`,
    project: `project-${index % 20}`,
    model: `model-${index % 3}`,
  };
  return [
    ...Object.entries(figures).map(([key, value]): Series => [
      sessionMetrics[key as keyof typeof sessionMetrics].name,
      labels,
      over(value),
    ]),
    [receiverMetrics.sessionInfo.name, info, over(() => 1)],
    [receiverMetrics.compactionThreshold.name, labels, over(() => 167_000)],
    [receiverMetrics.sessionCost.name, labels, over((step) => step / 100)],
  ];
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

async function importLines(store: Server, body: string): Promise<void> {
  await fetchFrom(store, '/api/v1/import', { method: 'POST', body });
}

async function untilStored(store: Server, endSeconds: number): Promise<void> {
  const query = `count(${sessionMetrics.contextTokens.name})`;
  const body = new URLSearchParams({ query, time: String(endSeconds), nocache: '1' });
  const stored = await waitUntil(async () => {
    const response = await fetchFrom(store, '/api/v1/query', { method: 'POST', body });
    return (await response.text()).includes(`"${sessions}"`);
  }, 120_000);
  if (!stored) throw new Error(`VictoriaMetrics did not return all ${sessions} sessions within 2 minutes`);
}
