import {
  httpQueries,
  monitorQueries,
  overviewQueries,
  type Query,
  secondsToFull,
  sessionHistory,
  webQueries,
} from '#queries';
import { deliveredAlerts } from './delivered-alerts.ts';
import {
  impliedWindow,
  type MonitorSource,
  type SessionFigures,
  type SessionHistory,
  type Snapshot,
  type Trend,
} from './figures.ts';
import { historyFrom } from './history.ts';
import type { Server } from './http-client.ts';
import { waitingSessions } from './waiting-sessions.ts';
import { idBatches, queryInstant, queryOverTime, type Sample, type Series } from './victoriametrics.ts';

/** Time span of a sparkline. */
const trendSeconds = 600;
const trendStepSeconds = 10;
/** Limits of the detail view's time span, which otherwise covers the whole session. */
const historySeconds = { least: 600, most: 86_400 };
const historySteps = 600;

interface SourceOptions {
  /** Time of the queries in milliseconds. Default: now. A replay passes its own clock. */
  readonly now?: () => number;
  /** The receiver with the inbox of sent alerts. Default: none. */
  readonly receiver?: Server;
}

/** A source for the monitor that queries VictoriaMetrics, with the same figures and history as the dashboards. */
export function victoriaMetricsSource(
  server: Server,
  { now = Date.now, receiver }: SourceOptions = {},
): MonitorSource {
  const instant = (query: Query, atSeconds: number) => queryInstant(server, query.expr, atSeconds);
  return {
    title: `VictoriaMetrics at ${server.url}`,
    isLiveOnly: false,
    now,
    snapshot: async () => {
      const [delivered, snapshot] = await Promise.all([
        deliveredAlerts(receiver),
        readSnapshot(instant, now() / 1_000),
      ]);
      return { ...snapshot, delivered };
    },
    trends: async (sessionIds) => {
      const batches = idBatches(sessionIds).map((batch) => readTrends(server, batch, now() / 1_000));
      return new Map((await Promise.all(batches)).flatMap((trends) => [...trends]));
    },
    history: (sessionId, durationSeconds) => readHistory(server, sessionId, durationSeconds, now() / 1_000),
  };
}

type Instant = (query: Query, atSeconds: number) => Promise<Sample[]>;

/** Sends one query after the other, so that the monitor can handle keys between parsing results of 10,000 sessions. */
async function readSnapshot(instant: Instant, atSeconds: number): Promise<Snapshot> {
  const answers = new Map<Query, Sample[]>();
  const { warningCrossings, criticalCrossings } = overviewQueries;
  const questions = [
    ...Object.values(monitorQueries),
    webQueries.compactionTokens,
    warningCrossings,
    criticalCrossings,
    ...Object.values(httpQueries),
  ];
  for (const query of questions) answers.set(query, await instant(query, atSeconds));
  const value = (query: Query) => answers.get(query)?.[0]?.value;
  const rate = value(httpQueries.requestRate);
  const [warning, critical] = [value(warningCrossings), value(criticalCrossings)];
  const sessions = sessionsFrom(answers);
  return {
    sessions,
    waiting: waitingSessions(
      answers.get(monitorQueries.sessionInfo) ?? [],
      new Set(sessions.map(({ id }) => id)),
    ),
    newestSampleSeconds: value(monitorQueries.newestSample),
    uptimeSeconds: value(monitorQueries.uptime),
    crossings: warning === undefined || critical === undefined ? undefined : { warning, critical },
    http:
      rate === undefined
        ? undefined
        : { requestsPerMinute: rate, p95Seconds: finite(value(httpQueries.requestLatencyP95)) },
    embeddings: embeddingsFrom(value),
    alerts: (answers.get(monitorQueries.firingAlerts) ?? []).map(({ labels }) => ({
      name: labels['alertname'] ?? '',
      severity: labels['severity'] ?? '',
      sessionId: labels['session_id'],
    })),
  };
}

function sessionsFrom(answers: ReadonlyMap<Query, readonly Sample[]>): SessionFigures[] {
  const byId = (query: Query) =>
    new Map((answers.get(query) ?? []).map(({ labels, value }) => [labels['session_id'] ?? '', value]));
  const {
    usagePercent,
    tokensUsed,
    windowTokens,
    checkpoints,
    tokensSaved,
    durationSeconds,
    lastActivitySeconds,
    costUsd,
    sessionInfo,
  } = monitorQueries;
  const [tokens, windows, checks, saved, durations, activities, costs, compactions] = [
    tokensUsed,
    windowTokens,
    checkpoints,
    tokensSaved,
    durationSeconds,
    lastActivitySeconds,
    costUsd,
    webQueries.compactionTokens,
  ].map(byId);
  const described = new Map(
    (answers.get(sessionInfo) ?? []).map(({ labels }) => [labels['session_id'], labels]),
  );
  return [...byId(usagePercent)].map(([id, percent]) => ({
    id,
    name: described.get(id)?.['session_name'],
    project: described.get(id)?.['project'],
    model: described.get(id)?.['model'],
    usagePercent: percent,
    tokensUsed: tokens?.get(id) ?? 0,
    windowTokens: windows?.get(id) ?? impliedWindow(tokens?.get(id) ?? 0, percent),
    isWindowAssumed: described.get(id)?.['window_source'] === 'default',
    checkpoints: checks?.get(id) ?? 0,
    tokensSaved: saved?.get(id) ?? 0,
    durationSeconds: durations?.get(id) ?? 0,
    lastActivitySeconds: activities?.get(id),
    costUsd: costs?.get(id),
    compactionTokens: compactions?.get(id),
  }));
}

function embeddingsFrom(value: (query: Query) => number | undefined): Snapshot['embeddings'] {
  const { embeddingOperations, embeddingTokens, embeddingCost } = monitorQueries;
  const operations = value(embeddingOperations);
  if (operations === undefined) return undefined;
  return { operations, tokens: value(embeddingTokens) ?? 0, costUsd: value(embeddingCost) ?? 0 };
}

function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

async function readTrends(
  server: Server,
  sessionIds: readonly string[],
  endSeconds: number,
): Promise<ReadonlyMap<string, Trend>> {
  const range = { startSeconds: endSeconds - trendSeconds, endSeconds, stepSeconds: trendStepSeconds };
  const [usage, full] = await Promise.all([
    queryOverTime(server, sessionHistory({ sessionIds }).usagePercent.expr, range),
    queryInstant(server, secondsToFull({ sessionIds }).expr, endSeconds),
  ]);
  return trendsFrom(usage, full);
}

function trendsFrom(usage: readonly Series[], full: readonly Sample[]): ReadonlyMap<string, Trend> {
  const seconds = new Map(full.map(({ labels, value }) => [labels['session_id'], finite(value)]));
  return new Map(
    usage.map(({ labels, values }) => [
      labels['session_id'] ?? '',
      {
        usagePercents: values.map(([, percent]) => percent),
        secondsToFull: seconds.get(labels['session_id']),
      },
    ]),
  );
}

async function readHistory(
  server: Server,
  sessionId: string,
  durationSeconds: number,
  endSeconds: number,
): Promise<SessionHistory> {
  const span = Math.min(historySeconds.most, Math.max(historySeconds.least, durationSeconds + 10));
  const stepSeconds = Math.max(1, Math.ceil(span / historySteps));
  const range = { startSeconds: endSeconds - span, endSeconds, stepSeconds };
  const { usagePercent, tokensUsed, checkpoints, tokensSaved } = sessionHistory({ sessionIds: [sessionId] });
  const [usage, tokens, counts, saved] = await Promise.all(
    [usagePercent, tokensUsed, checkpoints, tokensSaved].map(({ expr }) =>
      queryOverTime(server, expr, range),
    ),
  );
  const valuesOf = (series: Series[] | undefined) => series?.[0]?.values ?? [];
  return historyFrom({
    usage: valuesOf(usage),
    tokens: valuesOf(tokens),
    checkpoints: valuesOf(counts),
    saved: valuesOf(saved),
  });
}
