import { type Query, sessionHistory, sessionQueries, withVariables } from '#queries';
import type { Thresholds } from '#thresholds';
import { historyFrom } from '../../source/history.ts';
import type { TimeSpan } from '../../source/past-sessions.ts';
import { pastSessions } from '../../source/past-sessions.ts';
import type { Server } from '../../source/http-client.ts';
import { queryInstant, queryOverTime, type Series } from '../../source/victoriametrics.ts';
import { sessionLabels, shortId } from '../../text/session-label.ts';
import { severityOf, type SeverityLimits } from '../../text/severity.ts';
import { printable } from '../../text/text.ts';
import type { PastRow, SessionPast } from '../page-state.ts';
import { descriptionOf } from './session-rows.ts';

/** The most points in a session's chart. */
const mostPoints = 400;
/** Servers report every second, and a rate needs several samples. */
const leastStepSeconds = 5;

/** A session and a time range. */
interface PastRequest {
  readonly id: string;
  readonly span: TimeSpan;
  readonly thresholds: Thresholds;
}

/** Reads one session over a time range. */
export async function readSessionPast(
  store: Server,
  { id, thresholds, span: { startSeconds, endSeconds } }: PastRequest,
): Promise<SessionPast> {
  const spanSeconds = Math.max(60, endSeconds - startSeconds);
  const stepSeconds = Math.max(leastStepSeconds, Math.ceil(spanSeconds / mostPoints));
  const range = { startSeconds: endSeconds - spanSeconds, endSeconds, stepSeconds };
  const variables = {
    $session: id.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`),
    $__interval: `${stepSeconds}s`,
    $__range: `${Math.ceil(spanSeconds)}s`,
  };
  const expression = ({ expr }: Query) => withVariables(expr, variables);
  const overTime = (query: Query) => queryOverTime(store, expression(query), range);
  const queries = sessionQueries(thresholds);
  const lines = linesOf(queries, id);
  const [info, subagents, ...answers] = await Promise.all([
    queryInstant(store, expression(queries.sessionInfo), endSeconds),
    overTime(queries.subagents),
    ...Object.values(lines).map(overTime),
  ]);
  const names = Object.keys(lines);
  const series = (name: keyof typeof lines) => answers[names.indexOf(name)]?.[0]?.values ?? [];
  const at = (name: keyof typeof lines) => new Map(series(name));
  const times = [...at('tokens').keys()];
  const column = (name: keyof typeof lines) => {
    const values = at(name);
    return times.map((time) => finite(values.get(time)));
  };
  const { checkpoints } = historyFrom({
    usage: [],
    tokens: series('tokensUsed'),
    checkpoints: series('checkpoints'),
    saved: series('saved'),
  });
  const description = info[0] === undefined ? {} : descriptionOf(info[0]);
  return {
    id,
    label: printable(description.name ?? description.project ?? shortId(id)),
    ...description,
    startSeconds: range.startSeconds,
    endSeconds,
    times,
    tokens: column('tokens'),
    window: column('window'),
    compaction: column('compaction'),
    fillRate: column('fillRate'),
    toFull: column('toFull'),
    cost: column('cost'),
    checkpoints,
    subagents: subagents.map(subagent),
  };
}

function linesOf(queries: ReturnType<typeof sessionQueries>, id: string) {
  const { tokensUsed, checkpoints, tokensSaved } = sessionHistory({ sessionIds: [id] });
  return {
    tokens: queries.occupancy,
    window: queries.occupancyWindow,
    compaction: queries.occupancyCompaction,
    fillRate: queries.fillRate,
    toFull: queries.toFullOverTime,
    cost: queries.costOverTime,
    tokensUsed,
    checkpoints,
    saved: tokensSaved,
  } as const satisfies Record<string, Query>;
}

function subagent({ labels, values }: Series) {
  return { name: printable(labels['agent'] ?? ''), tokens: values.at(-1)?.[1] ?? 0 };
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

/** The most sessions in the list of past sessions. */
const mostPast = 1_000;

/** Reads the sessions in a time range, latest first. */
export async function readPastSessions(
  store: Server,
  span: TimeSpan,
  thresholds: SeverityLimits,
): Promise<PastRow[]> {
  const found = [];
  for await (const session of pastSessions(store, span)) if (found.push(session) >= mostPast) break;
  const labels = sessionLabels(found);
  return found.map((session) => ({
    id: session.id,
    label: printable(labels.get(session.id) ?? session.id),
    project: session.project && printable(session.project),
    model: session.model && printable(session.model),
    startSeconds: session.startSeconds,
    endSeconds: session.endSeconds,
    peakPercent: session.peakPercent,
    severity: severityOf(session.peakPercent, thresholds),
    checkpoints: session.checkpoints,
    tokensSaved: session.tokensSaved,
    costUsd: session.costUsd,
  }));
}
