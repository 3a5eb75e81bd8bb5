import type { Thresholds } from '#thresholds';
import type {
  DeliveredAlert,
  FiringAlert,
  SessionFigures,
  Snapshot,
  WaitingSession,
} from '../source/figures.ts';
import { type Severity, severityOf } from './severity.ts';
import { GivenLabels } from './given-labels.ts';
import { printable } from '../text/text.ts';

/** A session with its severity. Its texts are safe to print. */
export interface MonitorSession extends SessionFigures {
  /** What every table calls it. */
  readonly label: string;
  /** `A` for the first session without a name or a project; absent for the others. */
  readonly letter?: string | undefined;
  readonly severity: Severity;
  /** Average tokens saved per checkpoint; absent without checkpoints. */
  readonly savedPerCheckpoint?: number | undefined;
}

/** Totals and averages over all sessions. */
interface Totals {
  readonly tokensUsed: number;
  readonly windowTokens: number;
  readonly averageTokens: number;
  readonly averageWindowTokens: number;
  readonly usagePercent: number;
  readonly averagePercent: number;
}

/** Everything that the monitor shows, computed once per snapshot. */
export interface MonitorModel {
  /** Highest usage first. */
  readonly sessions: readonly MonitorSession[];
  /** The live sessions without figures, with their labels. */
  readonly waiting: readonly (WaitingSession & { readonly label: string })[];
  readonly totals: Totals;
  readonly uptimeSeconds: number | undefined;
  readonly newestSampleSeconds: number | undefined;
  readonly crossings: Snapshot['crossings'];
  readonly http: Snapshot['http'];
  readonly embeddings: Snapshot['embeddings'];
  /** Critical ones first, then warnings. */
  readonly alerts: readonly FiringAlert[];
  readonly delivered: Snapshot['delivered'];
}

/**
 * Computes the model from a snapshot.
 *
 * @param given - the labels given so far, which stay with their sessions. Default: none.
 */
export function monitorModel(
  { sessions, waiting = [], alerts, ...rest }: Snapshot,
  thresholds: Thresholds,
  given = new GivenLabels(),
): MonitorModel {
  const figures = sessions
    .map(printedSession)
    .toSorted((a, b) => b.usagePercent - a.usagePercent || compareIds(a, b));
  given.give([...figures, ...waiting]);
  const shown = figures.map((session) => monitorSession(session, thresholds, given));
  return {
    sessions: shown,
    waiting: waiting.map((session) => ({
      ...session,
      label: printed(given.labelOf(session.id)) ?? session.id,
    })),
    totals: totalsOf(shown),
    uptimeSeconds: rest.uptimeSeconds,
    newestSampleSeconds: rest.newestSampleSeconds,
    crossings: rest.crossings,
    http: rest.http,
    embeddings: rest.embeddings,
    alerts: alerts.map(printableAlert).toSorted((a, b) => rank(a) - rank(b)),
    delivered: rest.delivered?.map(printableAlert),
  };
}

function monitorSession(session: SessionFigures, thresholds: Thresholds, given: GivenLabels): MonitorSession {
  const { id, checkpoints, tokensSaved, usagePercent } = session;
  return {
    ...session,
    label: printed(given.labelOf(id)) ?? id,
    letter: (session.name ?? session.project) === undefined ? given.letterOf(id) : undefined,
    severity: severityOf(usagePercent, thresholds),
    savedPerCheckpoint: checkpoints > 0 ? tokensSaved / checkpoints : undefined,
  };
}

function printedSession(session: SessionFigures): SessionFigures {
  const { name, project, model } = session;
  return { ...session, name: printed(name), project: printed(project), model: printed(model) };
}

function printed(text: string | undefined): string | undefined {
  return printable(text ?? '').trim() || undefined;
}

function compareIds(a: SessionFigures, b: SessionFigures): number {
  return a.id < b.id ? -1 : 1;
}

function totalsOf(sessions: readonly MonitorSession[]): Totals {
  const sum = (value: (session: MonitorSession) => number) =>
    sessions.reduce((total, session) => total + value(session), 0);
  const tokensUsed = sum((session) => session.tokensUsed);
  const windowTokens = sum((session) => session.windowTokens);
  const count = Math.max(1, sessions.length);
  return {
    tokensUsed,
    windowTokens,
    averageTokens: tokensUsed / count,
    averageWindowTokens: windowTokens / count,
    usagePercent: windowTokens > 0 ? (100 * tokensUsed) / windowTokens : 0,
    averagePercent: sum((session) => session.usagePercent) / count,
  };
}

function printableAlert<Alert extends FiringAlert | DeliveredAlert>(alert: Alert): Alert {
  const { name, severity, sessionId } = alert;
  return { ...alert, name: printable(name), severity: printable(severity), sessionId: printed(sessionId) };
}

function rank({ severity }: FiringAlert): number {
  const order: readonly string[] = ['critical', 'warning'];
  const index = order.indexOf(severity);
  return index === -1 ? order.length : index;
}
