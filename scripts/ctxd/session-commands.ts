import { setFlagsFromString } from 'node:v8';
import { thresholdsFrom } from '#thresholds';
import type { MonitorState } from '../../dashboards/terminal/monitor-state.ts';
import type { Server } from '../../dashboards/source/http-client.ts';
import type { MonitorSource } from '../../dashboards/source/figures.ts';
import { monitorModel } from '../../dashboards/terminal/monitor-model.ts';
import { victoriaMetricsSource } from '../../dashboards/source/victoriametrics-source.ts';
import { comparisonLines } from '../../dashboards/terminal/comparison.ts';
import {
  type Connection,
  connectionFrom,
  type ConnectionOptions,
  monitorSource,
} from '../reach/connection.ts';
import { UsageError } from '../../compose/system/stack-error.ts';
import type { Surface as WholeSurface } from '../reach/surface.ts';
import { awayParts, awayServers } from './away-parts.ts';
import { writeExport, type ExportOptions } from './export.ts';
import { pastSessions, sessionMeant, type TimeSpan } from '../../dashboards/source/past-sessions.ts';
import { progressTo } from './progress.ts';
import { replaySource } from '../../dashboards/source/replay.ts';
import { liveTable, pastTable } from '../../dashboards/terminal/session-tables.ts';
import { nameSession } from './session-name.ts';
import { silencedSessions, toggleSilence } from './silences.ts';
import { timeSpanFrom } from './time-span.ts';

/** The parts of the surface that these commands use. */
type Surface = Pick<WholeSurface, 'env' | 'stdout' | 'stderr'>;

interface TimeOptions {
  /** Default: 24 hours ago. */
  readonly since?: string;
  readonly until?: string;
}

/** Options of `ctxd monitor`. */
export interface MonitorCommandOptions extends ConnectionOptions {
  readonly interval: number;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly ascii?: boolean;
}

/** Options of `ctxd sessions` and `ctxd compare`. */
export interface SessionsOptions extends ConnectionOptions, TimeOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Options of `ctxd show`. */
export interface ShowOptions extends SessionsOptions {
  readonly ascii?: boolean;
}

/** Options of `ctxd export`. */
export interface ExportCommandOptions
  extends ConnectionOptions, TimeOptions, Pick<ExportOptions, 'what' | 'format'> {
  readonly output?: string;
}

/** Options of `ctxd replay`. */
export interface ReplayOptions extends ConnectionOptions, TimeOptions {
  readonly speed: number;
  readonly ascii?: boolean;
}

/** `ctxd monitor` */
export async function monitor(surface: Surface, options: MonitorCommandOptions): Promise<number> {
  const { stdout, env } = surface;
  if (stdout.isTTY && !options.once && !options.json) stdout.write(connecting(options, env));
  const connection = await connectionFrom(options, env);
  const source = await monitorSource(connection);
  const awayOnes = async () =>
    connection.isChosen ? await awayServers(options, connection) : await awayParts(env);
  return await runOn(
    surface,
    { ...source, awayParts: source.isLiveOnly ? undefined : awayOnes },
    connection,
    options,
  );
}

/** `ctxd sessions` */
export async function sessions(surface: Surface, options: SessionsOptions): Promise<void> {
  if (!options.all && (options.since ?? options.until) !== undefined) {
    throw new UsageError('Expected --since and --until only with --all: the live sessions are those of now');
  }
  const connection = await connectionFrom(options, surface.env);
  if (options.all) {
    const found = await arrayOf(pastSessions(connection.store, spanOf(options)));
    const table = () => pastTable(found, surface.stdout.columns);
    return printed(surface, options.json ? JSON.stringify(found, null, 2) : table());
  }
  const source = await monitorSource(connection);
  const live = monitorModel(await source.snapshot(), thresholdsFrom(surface.env));
  const all = [...live.sessions, ...live.waiting];
  printed(surface, options.json ? JSON.stringify(all, null, 2) : liveTable(live, surface.stdout.columns));
}

/** `ctxd show` */
export async function show(surface: Surface, text: string, options: ShowOptions): Promise<number> {
  const connection = await connectionFrom(options, surface.env);
  const { store } = connection;
  const session = await sessionMeant(store, spanOf(options), text);
  const source = victoriaMetricsSource(store, {
    now: () => Math.min(Date.now(), session.endSeconds * 1_000),
  });
  if (options.json) {
    const history = await source.history(session.id, session.endSeconds - session.startSeconds);
    printed(surface, JSON.stringify({ ...session, ...history }, null, 2));
    return 0;
  }
  return await runOn(
    surface,
    source,
    connection,
    { ...options, interval: 5, json: false, once: true },
    detailOf(session.id),
  );
}

/** `ctxd name` */
export async function name(
  surface: Surface,
  text: string,
  newName: string,
  options: ConnectionOptions,
): Promise<void> {
  const { receiver } = await connectionFrom(options, surface.env);
  const id = await nameSession(receiver, text, newName);
  printed(surface, `${id} is now called ${newName}`);
}

/** `ctxd export` */
export async function exportRows(
  surface: Surface,
  texts: readonly string[],
  options: ExportCommandOptions,
): Promise<void> {
  const { store } = await connectionFrom(options, surface.env);
  const { what, format } = options;
  using progress = progressTo(surface.stderr);
  const span = spanOf(options);
  const sessionIds = texts.length === 0 ? undefined : await idsMeant(store, span, texts);
  const request = { store, span, sessionIds, what, format, onProgress: progress.show };
  const rows = await writeExport(request, options.output ?? surface.stdout);
  progress.end(`${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`);
}

async function idsMeant(store: Server, span: TimeSpan, texts: readonly string[]): Promise<string[]> {
  const ids = new Set<string>();
  for (const text of texts) ids.add((await exported(store, span, text)).id);
  return [...ids];
}

/** A script that exports a session needs to see that there is none, without it being a wrong command line. */
async function exported(store: Server, span: TimeSpan, text: string) {
  try {
    return await sessionMeant(store, span, text);
  } catch (error) {
    if (error instanceof RangeError) throw new Error(error.message, { cause: error });
    throw error;
  }
}

/** `ctxd compare` */
export async function compare(
  surface: Surface,
  texts: readonly string[],
  options: SessionsOptions,
): Promise<void> {
  if (texts.length < 2) throw new UsageError('Expected two sessions or more to compare');
  const { store } = await connectionFrom(options, surface.env);
  const found = [];
  for (const text of texts) found.push(await sessionMeant(store, spanOf(options), text));
  if (options.json) return printed(surface, JSON.stringify(found, null, 2));
  const histories = await Promise.all(
    found.map(({ id, startSeconds, endSeconds }) =>
      victoriaMetricsSource(store, { now: () => endSeconds * 1_000 }).history(id, endSeconds - startSeconds),
    ),
  );
  const thresholds = thresholdsFrom(surface.env);
  const columns = surface.stdout.columns ?? 80;
  printed(surface, comparisonLines(found, histories, { columns, thresholds }));
}

/** `ctxd replay` */
export async function replay(surface: Surface, text: string, options: ReplayOptions): Promise<number> {
  const connection = await connectionFrom(options, surface.env);
  const session = await sessionMeant(connection.store, spanOf(options), text);
  const source = replaySource(connection.store, { ...session, speed: options.speed });
  return await runOn(surface, source, connection, { ...options, interval: 1 }, detailOf(session.id));
}

/** Shown until the screen is drawn: loading it takes longer than a person waits without a sign. */
function connecting({ ascii }: MonitorCommandOptions, env: NodeJS.ProcessEnv): string {
  return `ctxd monitor: connecting ${ascii || !isUtf8(env) ? '...' : '…'}`;
}

async function runOn(
  surface: Surface,
  source: MonitorSource,
  { alertmanager, receiver }: Connection,
  { interval, once, json, ascii }: MonitorCommandOptions,
  startWith: Partial<MonitorState> = {},
): Promise<number> {
  prepareInk(surface.env);
  keepMemorySmall();
  const { runMonitor } = await import('../../dashboards/terminal/monitor.ts');
  return await runMonitor({
    source,
    thresholds: thresholdsFrom(surface.env),
    actions: {
      silence: (session) => toggleSilence(alertmanager, session),
      silencedIds: () => silencedSessions(alertmanager),
      rename: async (sessionId, newName) => void (await nameSession(receiver, sessionId, newName)),
    },
    intervalSeconds: interval,
    isOnce: once === true,
    isJson: json === true,
    isAscii: ascii ?? !isUtf8(surface.env),
    startWith,
    stdin: process.stdin,
    stdout: surface.stdout,
    signal: interrupted(),
  });
}

/** Call before importing Ink, which heeds FORCE_COLOR but not NO_COLOR. React is slow in development mode. */
function prepareInk(env: NodeJS.ProcessEnv): void {
  env['NODE_ENV'] ??= 'production';
  if (env['NO_COLOR']) env['FORCE_COLOR'] = '0';
}

/** A screen that runs for days is worth more than a fast one: unlimited, V8 keeps 100 MB more after 1,000 sessions. */
function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}

function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort());
  return controller.signal;
}

function detailOf(selectedId: string): Partial<MonitorState> {
  return { view: 'detail', cameFrom: 'sessions', selectedId };
}

async function arrayOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function spanOf({ since = '24h', until }: TimeOptions): TimeSpan {
  return timeSpanFrom(since, until, Date.now());
}

function printed({ stdout }: Surface, text: string): void {
  stdout.write(`${text}\n`);
}
