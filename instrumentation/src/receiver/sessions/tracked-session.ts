import type { SessionCounters } from '../../session.ts';
import type {
  ModelWindow,
  ObservationSource,
  SessionName,
  SessionObservation,
} from '../reports/observation.ts';
import { baseModel, emptyAccount, isOtherModel, type Account } from './account.ts';
import { windowOf, type Window, type WindowSettings, type WindowSource } from './model-windows.ts';
import type { ReportedLimit } from './rate-limits.ts';
import type { Report } from './report.ts';
import { newTimeline, type Timeline } from './timeline.ts';

/** A subagent's last reported context. */
export interface Subagent {
  readonly name: string;
  readonly tokensUsed: number;
  readonly windowTokens?: number | undefined;
  readonly atMillis: number;
}

/** The state of one session. Plain values, so that a snapshot is its JSON. */
export interface TrackedSession {
  readonly sessionId: string;
  timeline: Timeline;
  /** The result of all reports. */
  account: Account;
  /** Whether the registry has not got the newest figures, because they were history. */
  isUnpublished?: boolean;
  /** The counters that the registry got last. */
  published?: SessionCounters;
  /** The figure that the status line showed last. It repeats it until there is a new one. */
  statuslineTokensUsed?: number | undefined;
  explicitWindowTokens?: number;
  /** The window size in the status line, and its model. */
  statuslineWindow?: ModelWindow;
  /** The window sizes that the transcript proves, by model; without a model, that of the session's own model. */
  transcriptWindows: readonly ModelWindow[];
  model?: string;
  sessionName?: SessionName;
  project?: { readonly text: string; readonly source: ObservationSource };
  host?: string;
  /** The id of the account or organization that pays for it, or its hash. */
  accountId?: string;
  /** The rate limits in its newest status line. */
  rateLimits?: readonly ReportedLimit[];
  sessionCostUsd?: number;
  requestsCostUsd?: number;
  /** Requests whose cost has been counted, newest last. */
  recentRequests: string[];
  subagents: Subagent[];
  endedAtMillis?: number;
  /** Whether a process has it open, according to Claude Code's session files. */
  isRunning?: boolean;
  /** Until when reports from before the end are accepted, since some are slower than the report of the end. */
  lastWordsUntilMillis?: number;
  /** When a new process took over the session, if the old one did not report its end. */
  resumedAtMillis?: number | undefined;
  /** What the session itself has been told since its newest checkpoint: the threshold (1 or 2), and that it compacts soon. */
  nudged?: { readonly checkpoints: number; readonly level: number; readonly isNear: boolean } | undefined;
  /** When each source last reported the session. */
  seenAtMillis: Partial<Record<ObservationSource, number>>;
}

/** The description of a session besides its figures: the labels of the info series, and the values with their own series. */
export interface SessionDetails {
  readonly sessionName?: string | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  /** The source of the occupancy. */
  readonly source: ObservationSource;
  readonly windowTokens: number;
  readonly windowSource: WindowSource;
  readonly compactionThresholdTokens: number;
  readonly costUsd?: number | undefined;
  /** The account or organization that pays for it. */
  readonly accountId?: string | undefined;
  readonly subagents: readonly Subagent[];
}

const mostRequests = 32;
const mostSubagents = 32;
const mostWindows = 8;

/** A session before its first report. */
export function newTrackedSession(sessionId: string): TrackedSession {
  return {
    sessionId,
    timeline: newTimeline(),
    account: emptyAccount,
    transcriptWindows: [],
    recentRequests: [],
    subagents: [],
    seenAtMillis: {},
  };
}

/**
 * Sets the description of the session: names, window, cost. A request's model is set only with the request's figure, since it
 * can be late; the status line always shows the current model. An observation without a time is not a sign of life.
 */
export function describeSession(
  session: TrackedSession,
  observation: SessionObservation,
  atMillis: number,
): void {
  if (!observation.isTimeless) session.seenAtMillis[observation.source] = atMillis;
  if (observation.host !== undefined) session.host = observation.host;
  if (observation.source === 'statusline' || observation.tokensUsed === undefined || isSwitch(observation)) {
    describeModel(session, observation.model);
  }
  describeName(session, observation.sessionName);
  describeProject(session, observation);
  describeWindow(session, observation);
  addCost(session, observation);
  addSubagent(session, observation, atMillis);
}

/** The window of the session, or of another model in it, and its source. */
export function sessionWindow(
  session: TrackedSession,
  settings: WindowSettings & { readonly folder?: string | undefined },
  model: string | undefined = session.model,
): Window {
  // Events leave `[1m]` out.
  const known = isSameModel(model, session.model) ? session.model : model;
  const { figure, leastCompactedTokens } = session.account;
  const isForeign = figure?.source === 'api' || figure?.source === 'estimate';
  const stated = session.statuslineWindow;
  return windowOf(
    {
      explicitTokens: session.explicitWindowTokens,
      statuslineTokens: stated && !isOtherModel(stated.model, known) ? stated.windowTokens : undefined,
      transcriptTokens: transcriptWindow(session, known),
      model: known,
      peakTokensUsed: peakOf(session, known),
      leastCompactedTokens: isOtherModel(figure?.model, known) ? undefined : leastCompactedTokens,
      isForeign,
      isLargeDisabled: !isForeign && settings.isLargeDisabled?.(settings.folder) === true,
    },
    settings,
  );
}

/** The most tokens at once with a model. */
function peakOf({ account, timeline }: TrackedSession, model: string | undefined): number {
  const before = isOtherModel(account.figure?.model, model) ? 0 : account.peakTokensUsed;
  const tokens = timeline.reports.map((report) => tokensOf(report, model));
  return Math.max(before, ...tokens);
}

function tokensOf(report: Report, model: string | undefined): number {
  if (report.kind === 'figure') return isOtherModel(report.model, model) ? 0 : report.tokensUsed;
  return 0;
}

function isSameModel(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && !isOtherModel(one, other);
}

function transcriptWindow(
  { transcriptWindows }: TrackedSession,
  model: string | undefined,
): number | undefined {
  return transcriptWindows.findLast((one) => !isOtherModel(one.model, model))?.windowTokens;
}

/**
 * Sets the model. The status line has `[1m]` where the API's id of the same model lacks it: the longer id is kept.
 */
export function describeModel(session: TrackedSession, model: string | undefined): void {
  if (model === undefined || session.model === `${model}[1m]`) return;
  session.model = model;
}

function isSwitch({ source, isInherited }: SessionObservation): boolean {
  return source === 'hook' && isInherited === true;
}

function describeName(session: TrackedSession, name: SessionName | undefined): void {
  if (name === undefined || (name.generated && session.sessionName?.generated === false)) return;
  session.sessionName = name;
}

// The status line knows the repository; the others know the current folder.
function describeProject(session: TrackedSession, { project, source }: SessionObservation): void {
  if (project === undefined || (session.project?.source === 'statusline' && source !== 'statusline')) return;
  session.project = { text: project, source };
}

function describeWindow(session: TrackedSession, observation: SessionObservation): void {
  const { windowTokens, source, model, modelWindows = [] } = observation;
  // A model that was used with both windows is listed twice: the large one wins.
  for (const window of modelWindows.toSorted((one, other) => one.windowTokens - other.windowTokens)) {
    const id = window.model === undefined ? undefined : baseModel(window.model);
    const others = session.transcriptWindows.filter((one) => one.model !== id);
    session.transcriptWindows = [...others, { ...window, model: id }].slice(-mostWindows);
  }
  if (windowTokens === undefined) return;
  if (source === 'statusline') session.statuslineWindow = { model, windowTokens };
  else session.explicitWindowTokens = windowTokens;
}

function addCost(session: TrackedSession, observation: SessionObservation): void {
  const { cost, requestId, sequence, atMillis } = observation;
  if (cost === undefined) return;
  if (cost.of === 'session') {
    session.sessionCostUsd = cost.usd;
    return;
  }
  const request = requestId ?? `${sequence}@${atMillis}`;
  if (session.recentRequests.includes(request)) return;
  session.recentRequests = [...session.recentRequests, request].slice(-mostRequests);
  session.requestsCostUsd = (session.requestsCostUsd ?? 0) + cost.usd;
}

function addSubagent(session: TrackedSession, { subagent }: SessionObservation, atMillis: number): void {
  if (subagent === undefined) return;
  const known = session.subagents.find(({ name }) => name === subagent.name);
  const windowTokens = subagent.windowTokens ?? known?.windowTokens;
  const others = session.subagents.filter((one) => one !== known);
  session.subagents = [...others, { ...subagent, windowTokens, atMillis }].slice(-mostSubagents);
}
