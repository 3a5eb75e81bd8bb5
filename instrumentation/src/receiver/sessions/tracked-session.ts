import type { Compaction } from './compaction.ts';
import type { Measurement } from './measurement.ts';
import { windowOf, type Window, type WindowSettings, type WindowSource } from './model-windows.ts';
import type { ObservationSource, SessionName, SessionObservation } from '../reports/observation.ts';

/** A subagent's context as it was last reported. */
export interface Subagent {
  readonly name: string;
  readonly tokensUsed: number;
  readonly atMillis: number;
}

/** Everything remembered of one session: plain values only, so that a snapshot is its JSON. */
export interface TrackedSession {
  readonly sessionId: string;
  measurement?: Measurement;
  /** The figure that the status line showed last: it shows it again until there is a new one. */
  statuslineTokensUsed?: number;
  /** The most tokens in the window at once, since the model is in use. */
  peakTokensUsed: number;
  explicitWindowTokens?: number;
  statuslineWindowTokens?: number;
  model?: string;
  sessionName?: SessionName;
  project?: { readonly text: string; readonly source: ObservationSource };
  host?: string;
  sessionCostUsd?: number;
  requestsCostUsd?: number;
  /** Requests whose cost is in, newest last. */
  recentRequests: string[];
  compactions: readonly Compaction[];
  /** Tokens in the context when it was last compacted automatically. */
  learnedThresholdTokens?: number;
  subagents: Subagent[];
  endedAtMillis?: number;
  /** Until when reports of before the end are taken over after it: some are slower than the word of the end. */
  lastWordsUntilMillis?: number;
  /** When each source last spoke of the session. */
  seenAtMillis: Partial<Record<ObservationSource, number>>;
}

/** What is known of a session besides its figures: the labels of the info series, and what has a series of its own. */
export interface SessionDetails {
  readonly sessionName?: string | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  /** Which source the occupancy is from. */
  readonly source: ObservationSource;
  readonly windowSource: WindowSource;
  readonly compactionThresholdTokens: number;
  readonly costUsd?: number | undefined;
  readonly subagents: readonly Subagent[];
}

/** How far below the window Claude Code compacts by itself, in tokens: 167,189 was recorded on 200,000. */
export const compactionReserveTokens = 33_000;

const mostRequests = 32;
const mostSubagents = 32;

/** A session that nothing is known of. */
export function newTrackedSession(sessionId: string): TrackedSession {
  return {
    sessionId,
    peakTokensUsed: 0,
    recentRequests: [],
    compactions: [],
    subagents: [],
    seenAtMillis: {},
  };
}

/**
 * Takes over what describes the session: names, window, cost. The model of a request only with the request's figure, since
 * it can be late; the status line always shows the model of now.
 */
export function describeSession(
  session: TrackedSession,
  observation: SessionObservation,
  atMillis: number,
): void {
  session.seenAtMillis[observation.source] = atMillis;
  if (observation.host !== undefined) session.host = observation.host;
  if (observation.source === 'statusline' || observation.tokensUsed === undefined) {
    describeModel(session, observation.model);
  }
  describeName(session, observation.sessionName);
  describeProject(session, observation);
  describeWindow(session, observation);
  addCost(session, observation);
  addSubagent(session, observation, atMillis);
}

/** The window of the session, and why it is that. */
export function sessionWindow(session: TrackedSession, settings: WindowSettings): Window {
  return windowOf(
    {
      explicitTokens: session.explicitWindowTokens,
      statuslineTokens: session.statuslineWindowTokens,
      model: session.model,
      peakTokensUsed: session.peakTokensUsed,
    },
    settings,
  );
}

/**
 * Takes over the model. The status line says `[1m]` where the API's own id of the same model does not: the longer one is
 * kept. Another model starts with a window of its own.
 */
export function describeModel(session: TrackedSession, model: string | undefined): void {
  if (model === undefined || model === session.model || session.model === `${model}[1m]`) return;
  if (session.model !== undefined && model !== `${session.model}[1m]`) session.peakTokensUsed = 0;
  session.model = model;
}

function describeName(session: TrackedSession, name: SessionName | undefined): void {
  if (name === undefined || (name.generated && session.sessionName?.generated === false)) return;
  session.sessionName = name;
}

// The status line knows the repository; the others know the folder of the moment.
function describeProject(session: TrackedSession, { project, source }: SessionObservation): void {
  if (project === undefined || (session.project?.source === 'statusline' && source !== 'statusline')) return;
  session.project = { text: project, source };
}

function describeWindow(session: TrackedSession, { windowTokens, source }: SessionObservation): void {
  if (windowTokens === undefined) return;
  if (source === 'statusline') session.statuslineWindowTokens = windowTokens;
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
  const others = session.subagents.filter(({ name }) => name !== subagent.name);
  session.subagents = [...others, { ...subagent, atMillis }].slice(-mostSubagents);
}
