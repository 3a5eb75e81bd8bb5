import { parseArgs } from 'node:util';
import { overviewQueries } from '#queries';
import { readRegularFile } from '#regular-file';
import { damagedFiles } from '../../compose/runtime/damaged-files.ts';
import { stateDirFrom } from '../../compose/runtime/state.ts';
import { exitCodes, UsageError } from '../../compose/system/stack-error.ts';
import { ensureWatched } from '../../compose/runtime/native/watched.ts';
import { isRuleEvaluationDown } from '../../compose/runtime/rule-evaluation.ts';
import { table } from '../../dashboards/text/table.ts';
import type { Surface } from './agreement.ts';
import { claudeVersion, rankedSettings } from './claude-code.ts';
import { partNamed } from '../../compose/parts.ts';
import { authorizationFor, receiverTokenIn } from '../../compose/runtime/login.ts';
import { askRemoteOf } from '../reach/remote.ts';
import { endpointsFrom } from '../reach/endpoints.ts';
import { type Examination, type Finding, findingsOf } from './findings.ts';
import { placesFor } from './places.ts';
import { receiverTokenVariable } from './hooks.ts';
import { askCollector, askReceiver, askStore, type ShownReport } from './reports.ts';
import { connectedAt, runningSessions } from './running.ts';
import { readSettings } from './settings-file.ts';
import { wrapperText } from './wrapper-text.ts';

const usage = `Usage: npm run doctor [-- --json]

Shows which sources of Claude Code report, when each last did, for which sessions, and how to fix the ones that do not.

  --json   Prints the result as JSON.
  --help   Prints this help.

Exit status: 0 all is well, 1 something to do, 2 usage error.`;

/** Checks the path from Claude Code to the dashboards and returns the exit status. */
export async function doctor(args: readonly string[], surface: Surface): Promise<number> {
  const { json, help } = parse(args);
  if (help) {
    surface.print(usage);
    return exitCodes.ok;
  }
  const examination = await examine(surface);
  const damaged = await damagedFiles(stateDirFrom(surface.env));
  const findings = [
    ...findingsOf(examination),
    ...damaged.map((file): Finding => ({ subject: 'receiver', state: 'wrong', ...file })),
  ];
  const isWell = findings.every(({ state }) => state !== 'wrong');
  const { reports = [] } = examination.receiver;
  if (json) surface.print(JSON.stringify({ isWell, findings, sources: reports }, null, 2));
  else
    for (const line of [
      ...findingLines(findings),
      ...sourceLines(reports, Date.now()),
      ...toDoLines(findings),
    ])
      surface.print(line);
  return isWell ? exitCodes.ok : exitCodes.failure;
}

function parse(args: readonly string[]) {
  try {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    throw new UsageError(sentence, { remedy: 'See npm run doctor -- --help' });
  }
}

async function examine({ env, folder }: Surface): Promise<Examination> {
  await ensureWatched({ stateDir: stateDirFrom(env), env });
  const places = placesFor('project', folder, env);
  const endpoints = await endpointsFrom(env);
  const store = {
    url: endpoints.victoriaMetricsUrl,
    authorization: await authorizationFor(partNamed('victoriametrics'), stateDirFrom(env)),
  };
  const problems = places.ranked.map(
    async (path) =>
      await readSettings(path).then(
        () => [],
        (error: Error) => [error.message],
      ),
  );
  const user = placesFor('user', folder, env);
  const [
    version,
    ranked,
    broken,
    receiver,
    collectorStatus,
    liveSessions,
    areRulesDown,
    wrapper,
    running,
    connected,
    remote,
    waitingBytes,
    lostPoints,
  ] = await Promise.all([
    claudeVersion(env),
    rankedSettings(places),
    Promise.all(problems),
    askReceiver(
      endpoints.receiverUrl,
      env[receiverTokenVariable] || (await receiverTokenIn(stateDirFrom(env))),
    ),
    askCollector(endpoints.collectorUrl, await tokenIn(endpoints.collectorTokenFile)),
    askStore(store, overviewQueries.activeSessionsNow.expr),
    isRuleEvaluationDown(env),
    readRegularFile(places.wrapper).catch(() => undefined),
    runningSessions(places),
    connectedAt([places, user]),
    askRemoteOf(stateDirFrom(env), { ...env, ...endpoints.settings }),
    askStore(store, `max(otelcol_exporter_queue_size{exporter="otlp_http/remote"})`),
    askStore(
      store,
      `sum(increase(otelcol_exporter_send_failed_metric_points_total{exporter="otlp_http/remote"}[1d]))`,
    ),
  ]);
  return {
    endpoints,
    version,
    ranked,
    broken: broken.flat(),
    wrapperExists: wrapper !== undefined,
    isWrapperOld: wrapper !== undefined && wrapper !== (await wrapperText(env)),
    shell: env,
    receiver,
    collectorStatus,
    liveSessions,
    running,
    connectedAtMillis: connected,
    areRulesDown,
    remote,
    remoteBacklog: { waitingBytes, lostPoints },
  };
}

async function tokenIn(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : await readRegularFile(file).catch(() => undefined);
}

function findingLines(findings: readonly Finding[]): string[] {
  const marks = { ok: 'ok', note: 'note', wrong: 'TO DO' };
  return table(findings.map(({ state, subject, sentence }) => [marks[state], subject, sentence]));
}

/** Reasons for leaving reports out that are normal and not worth showing. */
const routineReasons = new Set([
  'background_request',
  'duplicate',
  'failed_compaction',
  'late',
  'less_exact',
]);

function sourceLines(reports: readonly ShownReport[], nowMillis: number): string[] {
  const rows = reports.map(({ source, lastSeenAtMillis, sessions, sessionNames, ignored }) => [
    source,
    ago(lastSeenAtMillis, nowMillis),
    String(sessions),
    Object.entries(ignored)
      .filter(([reason]) => !routineReasons.has(reason))
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', '),
    sessionNames.slice(0, 5).join(', '),
  ]);
  return rows.length === 0
    ? []
    : ['', ...table([['SOURCE', 'LAST', 'SESSIONS', 'LEFT OUT', 'NAMES'], ...rows])];
}

function ago(atMillis: number | null, nowMillis: number): string {
  if (atMillis === null) return 'never';
  const seconds = Math.max(0, Math.round((nowMillis - atMillis) / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3_600)} h ago`;
}

function toDoLines(findings: readonly Finding[]): string[] {
  const remedies = [...new Set(findings.flatMap(({ remedy }) => remedy ?? []))];
  if (remedies.length === 0) return ['', 'All is well.'];
  return ['', 'To do:', ...remedies.map((remedy) => `  ${remedy}`)];
}
