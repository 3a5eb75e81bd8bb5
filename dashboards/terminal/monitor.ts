import { render } from 'ink';
import { createElement } from 'react';
import type { Thresholds } from '#thresholds';
import type { MonitorSource } from '../source/figures.ts';
import { frame } from './frame.ts';
import { plainText } from './line.ts';
import { type MonitorActions, MonitorApp, type MonitorProps } from './monitor-app.ts';
import { MonitorFeed } from './monitor-feed.ts';
import { initialState, listedSessions, type MonitorState } from './monitor-state.ts';
import { monitorReport, plainLines } from './plain.ts';
import { statusOf } from './status.ts';
import { toAscii } from '../text/text.ts';

/** Options of {@link runMonitor}. */
export interface MonitorOptions {
  readonly source: MonitorSource;
  readonly thresholds: Thresholds;
  readonly actions: MonitorActions;
  readonly intervalSeconds: number;
  /** Whether to print one screen and exit. */
  readonly isOnce: boolean;
  /** Whether to print JSON lines instead of a screen. */
  readonly isJson: boolean;
  /** Whether the terminal shows ASCII only. */
  readonly isAscii: boolean;
  readonly startWith?: Partial<MonitorState>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Ends the plain output. */
  readonly signal: AbortSignal;
}

/**
 * Runs the monitor until the user quits: full-screen in a terminal, as plain lines anywhere else.
 *
 * @returns the exit status 0
 * @throws Error with a sentence for people if `isOnce` is set and the source cannot be reached
 */
export async function runMonitor(options: MonitorOptions): Promise<number> {
  const { source, thresholds, intervalSeconds, stdin, stdout } = options;
  using feed = new MonitorFeed({ source, thresholds, intervalMillis: intervalSeconds * 1_000 });
  if (options.isOnce) return await once(feed, options);
  if (options.isJson || !stdout.isTTY || !stdin.isTTY) return await plain(feed, options);
  void feed.refresh();
  const { isAscii, actions, startWith = {} } = options;
  await onScreen({ feed, source, actions, intervalSeconds, isAscii, startWith }, { stdin, stdout });
  return 0;
}

/** Erases what stood on the line before the screen was drawn. */
const eraseLine = '\r\u001B[2K';

const cursorHome = '\u001B[H';

/** Ink restores the terminal at the end, on a signal and after a crash. */
async function onScreen(
  props: MonitorProps,
  streams: Pick<MonitorOptions, 'stdin' | 'stdout'>,
): Promise<void> {
  const options = {
    ...streams,
    alternateScreen: true,
    interactive: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
  };
  streams.stdout.write(eraseLine);
  const app = render(null, options);
  // The other screen begins where the cursor stood on this one; rows count from the top.
  streams.stdout.write(cursorHome);
  app.rerender(createElement(MonitorApp, props));
  await app.waitUntilExit();
}

/** Height of the screen that `--once` prints. */
const onceRows = 32;

async function once(feed: MonitorFeed, options: MonitorOptions): Promise<number> {
  const { view, selectedId } = { ...initialState, ...options.startWith };
  const detailId = view === 'detail' ? selectedId : undefined;
  await feed.refresh();
  const { condition, model } = feed.current();
  if (condition.problem !== undefined) throw new Error(condition.problem);
  const top = model.sessions.slice(0, onceRows).map(({ id }) => id);
  await feed.watch({ sessionIds: detailId === undefined ? top : [detailId], detailId });
  write(options, options.isJson ? report(feed, options) : screenText(feed, options));
  return 0;
}

async function plain(feed: MonitorFeed, options: MonitorOptions): Promise<number> {
  const { signal, source } = options;
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve());
  options.stdout.once('close', () => ended.resolve());
  let last: unknown;
  feed.subscribe(() => {
    const { model, condition } = feed.current();
    const news = condition.problem ?? model;
    if (news === last || (condition.problem === undefined && !condition.hasAnswered)) return;
    last = news;
    const status = statusOf(condition, source.now());
    write(
      options,
      options.isJson ? report(feed, options) : plainLines(model, status, source.now()).join('\n'),
    );
    if (source.isOver?.()) ended.resolve();
  });
  void feed.refresh();
  await ended.promise;
  return 0;
}

function report(feed: MonitorFeed, { source }: MonitorOptions): string {
  const { model, condition } = feed.current();
  return JSON.stringify(monitorReport(model, statusOf(condition, source.now()), source));
}

function screenText(
  feed: MonitorFeed,
  { source, intervalSeconds, stdout, startWith }: MonitorOptions,
): string {
  const { model, condition, trends, history } = feed.current();
  const state = { ...initialState, ...startWith };
  const nowMillis = source.now();
  const lines = frame({
    model,
    thresholds: feed.thresholds,
    status: statusOf(condition, nowMillis),
    state,
    listed: listedSessions(model, state),
    trends,
    history,
    silencedIds: new Set(),
    intervalSeconds,
    nowMillis,
    size: { columns: stdout.columns ?? 80, rows: onceRows },
  });
  // The last line lists the keys, which do not work here.
  return lines
    .slice(0, -1)
    .map((pieces) => plainText(pieces).trimEnd())
    .join('\n');
}

function write({ stdout, isAscii }: MonitorOptions, text: string): void {
  stdout.write(`${isAscii ? toAscii(text) : text}\n`);
}
