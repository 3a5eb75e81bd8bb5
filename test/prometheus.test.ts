import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allQueries, dashboardQueries, inPrometheusNames, type Query, withVariables } from '#queries';
import { defaultThresholds } from '#thresholds';
import { parse, stringify } from 'yaml';
import { prometheusRules } from '../alerts/prometheus-rules.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { runCommand } from '../compose/system/command.ts';
import { queryInstant, type Sample } from '../dashboards/source/victoriametrics.ts';
import { storeOf } from './both-runtimes.ts';
import { expectedRules } from './alert-cases.ts';
import { claudeCode } from './claude-code-session.ts';
import { ctxd } from './ctxd-command.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';
import { type StackCommands, stackCommands } from './stack-commands.ts';
import { withSparseSeries } from './sparse-series.ts';
import { program, type Series } from './vmalert-tool.ts';

let prometheus: PrometheusServer;
let stack: StackCommands;
/** The moment at which the stores are compared. */
let atSeconds: number;

/** Thousands of tokens of two sessions, every few seconds. The first one crosses both thresholds and is compacted. */
const tokens = [
  [20, 30],
  [130, 60],
  [150, 90],
  [185, 120],
  [30, 145],
  [60, 160],
];

beforeAll(async () => {
  prometheus = await startPrometheus(prometheusRules());
  stack = await stackCommands('native', {
    CTXD_RECEIVER_AUTH: '0',
    CTXD_COLLECTOR_AUTH: '0',
    CTXD_TRANSCRIPTS_DIR: '',
    CTXD_SESSIONS_DIR: '',
    CTXD_METRICS_WRITE_URL: prometheus.writeUrl,
  });
  const { exitCode, output } = await stack.run('up', '--without', 'grafana,vmalert,alertmanager');
  if (exitCode !== 0) throw new Error(output);
  const [collector, receiver] = ['COLLECTOR', 'RECEIVER'].map(
    (part) => `http://127.0.0.1:${stack.env[`CTXD_${part}_PORT`]}`,
  ) as [string, string];
  const claude = claudeCode({ collector, receiver });
  const name = 'contextd_session_context_tokens';
  // Longer than the steps in which PromQL looks for rises.
  const settled = `max_over_time(${name}[6s]) == min_over_time(${name}[6s])`;
  const seen = async () =>
    (await queryInstant(fromPrometheus(), settled, Date.now() / 1_000))
      .map(({ value }) => value)
      .toSorted((one, other) => one - other);
  for (const [step, pair] of tokens.entries()) {
    for (const [index, thousands = 0] of pair.entries()) {
      const name = index === 0 && step > 2 ? 'renamed' : `name ${index}`;
      await claude.statusline(`s${index}`, { tokensUsed: thousands * 1_000, name });
    }
    const sent = pair.map((thousands) => thousands * 1_000).toSorted((one, other) => one - other);
    await waitUntil(async () => isDeepStrictEqual(await seen(), sent), 60_000);
  }
  atSeconds = Date.now() / 1_000;
  const samples = 'count_over_time(contextd_session_context_tokens[10m])';
  const counts = async (store: Parameters<typeof queryInstant>[0]) =>
    comparable(await queryInstant(store, samples, atSeconds));
  const store = await storeOf(stack);
  const isSame = async () => isDeepStrictEqual(await counts(fromPrometheus()), await counts(store));
  if (!(await waitUntil(isSame, 60_000))) throw new Error('The stores have different samples.');
}, 900_000);

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await prometheus?.[Symbol.asyncDispose]();
});

const fromPrometheus = () => ({ url: prometheus.url, mayBePrometheus: true });

/** Values of Grafana's variables. */
const variables = {
  '${sessions:pipe}': 's0|s1',
  '${fullest:pipe}': 's0|s1',
  $__range: '5m',
  $__rate_interval: '1m',
  $__interval: '15s',
  $session: 's0',
  '${of:raw}': '',
  $linked: 's0',
};

/** Series with their labels in order, and values to six digits. */
function comparable(samples: readonly Sample[], withValue = true): string[] {
  const rows = samples.map(({ labels, value }) => {
    const { __name__: _, service_name: job, service_instance_id: instance, ...others } = labels;
    // Only VictoriaMetrics numbers the sessions that are compared.
    const session = others['session']?.replace(/^[\d+] /, '');
    const all = Object.entries({ job, instance, ...others, session }).filter(([, text]) => text);
    const own = all.toSorted(([one], [other]) => (one < other ? -1 : 1));
    return `${JSON.stringify(own)} ${withValue ? Number(value.toPrecision(6)) : ''}`;
  });
  return rows.toSorted();
}

/**
 * Whether a query returns the same from both. PromQL's `rate` extrapolates, and a sum of rises looks every 5 s; the metrics of
 * the stack's own parts are not in this Prometheus, nor are alerts in this VictoriaMetrics.
 */
function kindOf({ expr, name }: Query): 'same' | 'same series' | 'answers' {
  if (/\b(otelcol|vm|vmalert|alertmanager|process|up)_|\bup\b|newest-sample/.test(`${expr} ${name}`))
    return 'answers';
  if (/ \/ rate\(|\bALERTS\b/.test(expr)) return 'answers';
  return /\brate\(|ascent_over_time/.test(expr) ? 'same series' : 'same';
}

const queries = [...allQueries(defaultThresholds), ...dashboardQueries(defaultThresholds)];

test('every query returns from Prometheus what it returns from VictoriaMetrics', async () => {
  const differing: unknown[] = [];
  const store = await storeOf(stack);
  for (const query of queries) {
    const expr = withVariables(query.expr, variables);
    const [here, there] = await Promise.all([
      queryInstant(store, expr, atSeconds),
      queryInstant(fromPrometheus(), expr, atSeconds),
    ]);
    const kind = kindOf(query);
    const [one, other] = [here, there].map((samples) => comparable(samples, kind === 'same')) as [
      string[],
      string[],
    ];
    if (kind !== 'answers' && JSON.stringify(one) !== JSON.stringify(other))
      differing.push({ name: query.name, VictoriaMetrics: one, Prometheus: other });
  }
  expect(differing).toEqual([]);
  expect(queries.filter((query) => kindOf(query) === 'same').length).toBeGreaterThan(80);
});

test('Prometheus accepts and evaluates every rule, and the critical alert fires', async () => {
  const file = join(stack.stateDir, '../rules.yaml');
  const { exitCode, stdout } = await ctxd(['rules', '--format', 'prometheus']);
  expect(exitCode).toBe(0);
  await writeFile(file, stdout);
  const checked = await runCommand(await program('promtool'), ['check', 'rules', file]);
  expect([checked.exitCode, checked.output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  const answer = await fetch(`${prometheus.url}/api/v1/rules`);
  const { data } = (await answer.json()) as {
    data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
  };
  const rules = data.groups.flatMap((group) => group.rules);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  const fired = 'max_over_time(ALERTS{alertstate="firing", session_id!=""}[10m])';
  const alerts = await queryInstant(fromPrometheus(), fired, Date.now() / 1_000);
  expect(alerts.map(({ labels }) => `${labels['alertname']} ${labels['session_id']}`)).toEqual(
    expect.arrayContaining(['ContextWindowCritical s0', 'ContextWindowWarning s1']),
  );
});

interface Group {
  readonly name: string;
  readonly rules: readonly {
    readonly alert?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** With only the annotations that the cases have. */
function withoutLinks(group: Group): Group {
  const rules = group.rules.map(({ annotations, ...rule }) => {
    const { summary = '', description = '' } = annotations ?? {};
    return { ...rule, ...(annotations && { annotations: { summary, description } }) };
  });
  return { ...group, rules };
}

/** The names of labels as Prometheus has them. */
function renamed(labels: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names: Readonly<Record<string, string>> = { service_name: 'job', addr: 'alertmanager' };
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [names[name] ?? name, value ?? '']),
  );
}

const inputOf = (series: Series) =>
  Object.entries(withSparseSeries(series)).map(([name, values]) => ({
    series: inPrometheusNames(name).replace('addr=', 'alertmanager='),
    values,
  }));

/** Cases that end otherwise there, or whose samples are made for vmalert-tool. */
const otherwise = new Set([
  // Its times begin in 2000, and promtool's in 1970.
  'stays quiet if the session is idle',
  // The age of a sample older than 5 minutes is known to within 4 minutes.
  'fires although the receiver ended its series when it was stopped',
  // A counter that is first seen at 507 counts from 0.
  'stays quiet while none is dropped',
  // `rate` estimates less from a counter that has just begun.
  'fires when log records are dropped',
]);

test('promtool sees each rule fire, stay quiet and resolve as on VictoriaMetrics', async () => {
  const { groups } = parse(prometheusRules()) as { groups: readonly Group[] };
  const files = groups.map(async (group) => {
    // Rules about sessions read each other's alerts.
    const isOfSessions = ({ name }: Group) => name.startsWith('ctxd-context');
    const read = isOfSessions(group) ? groups.filter(isOfSessions) : [group];
    const [rulesPath, testPath] = ['rules', 'tests'].map((kind) =>
      join(stack.stateDir, '..', `${group.name}-${kind}.yaml`),
    ) as [string, string];
    const tests = group.rules.flatMap(({ alert = '' }) => testsOf(alert));
    await writeFile(rulesPath, stringify({ groups: read.map(withoutLinks) }));
    await writeFile(testPath, stringify({ rule_files: [rulesPath], evaluation_interval: '1s', tests }));
    return { testPath, count: tests.length };
  });
  const written = await Promise.all(files);
  expect(written.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(10);
  const paths = written.map(({ testPath }) => testPath);
  const { exitCode, output } = await runCommand(await program('promtool'), ['test', 'rules', ...paths]);
  expect(exitCode === 0 ? '' : output).toBe('');
});

function testsOf(alertname: string) {
  const { cases = {}, severity, summary } = expectedRules[alertname] ?? {};
  return Object.entries(cases).flatMap(([title, { series, moments }]) => {
    // promtool takes seconds for a minute of the rules about sessions.
    const isLong = Object.keys(moments).some((second) => Number(second) > 60);
    if (isLong || otherwise.has(title)) return [];
    const alert_rule_test = Object.entries(moments).map(([second, fired]) => ({
      eval_time: `${second}s`,
      alertname,
      exp_alerts: fired.map(({ labels = {}, description }) => ({
        exp_labels: renamed({ severity, ...labels }),
        exp_annotations: { summary, description },
      })),
    }));
    return [
      { name: `${alertname} ${title}`, interval: '1s', input_series: inputOf(series), alert_rule_test },
    ];
  });
}

test('the commands read a Prometheus that CTXD_METRICS_QUERY_URL names', async () => {
  const env = { CTXD_STATE_DIR: join(stack.stateDir, 'none'), CTXD_METRICS_QUERY_URL: prometheus.url };
  const { exitCode, stdout, stderr } = await ctxd(['sessions'], env);
  expect([exitCode, stdout, stderr]).toEqual([0, expect.stringContaining('renamed'), expect.anything()]);
  expect(stdout).toContain('name 1');
});
