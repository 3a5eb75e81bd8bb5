import { monitorQueries, type Query, webQueries } from '#queries';
import type { Thresholds } from '#thresholds';
import { impliedWindow } from '../../source/figures.ts';
import type { Server } from '../../source/http-client.ts';
import { queryInstant, queryOverTime, type Sample, type Series } from '../../source/victoriametrics.ts';
import { waitingSessions } from '../../source/waiting-sessions.ts';
import { isIdle } from '../../text/session-text.ts';
import { sessionLabels } from '../../text/session-label.ts';
import { severityOf } from '../../text/severity.ts';
import { printable } from '../../text/text.ts';
import type { DrawnSession, SessionRow } from '../page-state.ts';

/** The range of a sparkline: one hour, one point every two minutes. */
const trendRange = { seconds: 3_600, stepSeconds: 120 };
/** The range of the chart of the fullest sessions: one hour, one point every 20 s. */
const chartRange = { seconds: 3_600, stepSeconds: 20 };

type Values = ReadonlyMap<string, number>;

/** The instant queries for a row. */
const rowQueries = {
  usagePercent: monitorQueries.usagePercent,
  tokensUsed: monitorQueries.tokensUsed,
  windowTokens: monitorQueries.windowTokens,
  checkpoints: monitorQueries.checkpoints,
  tokensSaved: monitorQueries.tokensSaved,
  costUsd: monitorQueries.costUsd,
  lastActivitySeconds: monitorQueries.lastActivitySeconds,
  compactionTokens: webQueries.compactionTokens,
  secondsToFull: webQueries.secondsToFull,
} as const satisfies Record<string, Query>;

/** The query results from the store. */
interface RowAnswers {
  readonly values: Readonly<Record<keyof typeof rowQueries, Values>>;
  readonly info: readonly Sample[];
}

/** What rows need besides the query results. */
interface RowContext {
  /** Unix time of the figures. */
  readonly atSeconds: number;
  readonly thresholds: Thresholds;
  readonly trends: ReadonlyMap<string, SessionRow['trend']>;
  /** The labels from the previous read. */
  readonly labelsBefore: ReadonlyMap<string, string>;
}

/** Reads the figures of all live sessions. */
export async function readRows(store: Server, atSeconds: number): Promise<RowAnswers> {
  const query = ({ expr }: Query) => queryInstant(store, expr, atSeconds);
  const [info, ...answers] = await Promise.all([
    query(monitorQueries.sessionInfo),
    ...Object.values(rowQueries).map(query),
  ]);
  const names = Object.keys(rowQueries) as (keyof typeof rowQueries)[];
  const values = Object.fromEntries(
    names.map((name, index) => [name, valuesById(answers[index] ?? [])]),
  ) as Record<keyof typeof rowQueries, Values>;
  return { values, info };
}

/** Builds a row for each live session. */
export function rowsFrom(
  { values, info }: RowAnswers,
  { atSeconds, thresholds, trends, labelsBefore }: RowContext,
): Map<string, SessionRow> {
  const descriptions = new Map(info.map((sample) => [sample.labels['session_id'] ?? '', sample]));
  const sessions = [...values.usagePercent.keys()].map((id) => {
    const described = descriptions.get(id);
    return { id, ...(described && descriptionOf(described)) };
  });
  const labels = sessionLabels([...sessions, ...waitingIn({ values, info })], labelsBefore);
  const rows = sessions.map((session): SessionRow => {
    const { id } = session;
    const usagePercent = values.usagePercent.get(id) ?? 0;
    const tokensUsed = values.tokensUsed.get(id) ?? 0;
    const lastActivitySeconds = values.lastActivitySeconds.get(id);
    return {
      ...session,
      label: printable(labels.get(id) ?? id),
      severity: severityOf(usagePercent, thresholds),
      usagePercent,
      tokensUsed,
      windowTokens: values.windowTokens.get(id) ?? impliedWindow(tokensUsed, usagePercent),
      compactionTokens: values.compactionTokens.get(id),
      secondsToFull: isIdle(lastActivitySeconds, atSeconds)
        ? undefined
        : wholeSeconds(values.secondsToFull.get(id)),
      checkpoints: values.checkpoints.get(id) ?? 0,
      tokensSaved: values.tokensSaved.get(id) ?? 0,
      costUsd: values.costUsd.get(id),
      lastActivitySeconds: wholeSeconds(lastActivitySeconds),
      trend: trends.get(id) ?? [],
    };
  });
  return new Map(rows.map((row) => [row.id, row]));
}

/** The labels of the live sessions without figures. */
export function waitingLabels(answers: RowAnswers, rows: Iterable<SessionRow>): string[] {
  const waiting = waitingIn(answers);
  const labels = sessionLabels([...rows, ...waiting]);
  return waiting.map(({ id }) => printable(labels.get(id) ?? id));
}

function waitingIn({ values, info }: RowAnswers) {
  return waitingSessions(info, new Set(values.usagePercent.keys()));
}

/** How the labels of its series describe a session, safe to print. */
export type Description = Pick<SessionRow, 'name' | 'project' | 'model' | 'host' | 'isWindowAssumed'>;

/** Reads the description from a series' labels. */
export function descriptionOf({ labels }: Sample): Description {
  const text = (label: string) => printable(labels[label] ?? '').trim() || undefined;
  return {
    name: text('session_name'),
    project: text('project'),
    model: text('model'),
    host: text('host'),
    ...(labels['window_source'] === 'default' && { isWindowAssumed: true }),
  };
}

function valuesById(samples: readonly Sample[]): Values {
  return new Map(samples.map(({ labels, value }) => [labels['session_id'] ?? '', value]));
}

// Fractions of a second would resend rows that look the same.
function wholeSeconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(seconds);
}

/** Reads the sparklines of all sessions. */
export async function readTrends(
  store: Server,
  nowSeconds: number,
): Promise<Map<string, SessionRow['trend']>> {
  const range = rangeUntil(nowSeconds, trendRange);
  const series = await queryOverTime(store, webQueries.trends.expr, range);
  return new Map(series.map(({ labels, values }) => [labels['session_id'] ?? '', evenly(values, range)]));
}

/** The values from the first one on, with `null` where one is missing. */
function evenly(
  values: Series['values'],
  { startSeconds, endSeconds, stepSeconds }: Range,
): (number | null)[] {
  const byTime = new Map(values);
  const even: (number | null)[] = [];
  for (let at = Math.max(startSeconds, values[0]?.[0] ?? Infinity); at <= endSeconds; at += stepSeconds) {
    const percent = byTime.get(at);
    even.push(percent === undefined ? null : Math.round(percent));
  }
  return even;
}

/** Reads the history of the fullest sessions for their chart. */
export async function readFullest(store: Server, nowSeconds: number): Promise<DrawnSession[]> {
  const { expr } = webQueries.fullestOverTime;
  const series = await queryOverTime(store, expr, rangeUntil(nowSeconds, chartRange));
  return series.map(({ labels, values }) => ({
    id: labels['session_id'] ?? '',
    points: values.map(([atSeconds, percent]) => [atSeconds, tenths(percent)]),
  }));
}

// A chart cannot show more digits, so they are not sent.
const tenths = (percent: number) => Math.round(percent * 10) / 10;

type Range = ReturnType<typeof rangeUntil>;

/** Aligns points to multiples of the step, so that they do not move between reads. */
function rangeUntil(nowSeconds: number, range: { readonly seconds: number; readonly stepSeconds: number }) {
  const { seconds, stepSeconds } = range;
  const startSeconds = Math.ceil((nowSeconds - seconds) / stepSeconds) * stepSeconds;
  return { startSeconds, endSeconds: nowSeconds, stepSeconds };
}
