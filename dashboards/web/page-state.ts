import type { CheckpointEntry } from '../source/figures.ts';
import type { Severity, SeverityLimits } from '../text/severity.ts';

/** A live session as the page shows it. All text is safe to print; unreported figures are absent. */
export interface SessionRow {
  readonly id: string;
  readonly label: string;
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly host?: string | undefined;
  readonly severity: Severity;
  readonly usagePercent: number;
  readonly tokensUsed: number;
  readonly windowTokens: number;
  /** Whether the size of the window is a guess. */
  readonly isWindowAssumed?: boolean | undefined;
  /** Tokens at which the session is compacted automatically. */
  readonly compactionTokens?: number | undefined;
  readonly secondsToFull?: number | undefined;
  readonly checkpoints: number;
  readonly tokensSaved: number;
  readonly costUsd?: number | undefined;
  readonly lastActivitySeconds?: number | undefined;
  /** Shares of the window in percent over the last hour, one every two minutes, newest last; a gap is `null`. */
  readonly trend: readonly (number | null)[];
}

/** A firing alert. */
export interface AlertRow {
  readonly key: string;
  readonly name: string;
  readonly severity: Severity;
  readonly sessionId?: string | undefined;
  /** The rule's description, with the session and its figures. */
  readonly text: string;
  readonly startedAtMillis: number;
  readonly isSilenced: boolean;
}

/** An alert as the inbox received it. */
export interface InboxRow {
  readonly key: string;
  readonly status: 'firing' | 'resolved';
  readonly name: string;
  readonly severity: Severity;
  readonly sessionId?: string | undefined;
  readonly text: string;
  readonly receivedAtMillis: number;
}

/** A silence for one session; without `sessionId`, for all. */
export interface SilenceRow {
  readonly sessionId?: string | undefined;
  readonly endsAtMillis: number;
}

/** A part of the stack. Parts are listed in the order in which data flows through them. */
export interface PartRow {
  readonly name: string;
  readonly does: string;
  readonly isUp: boolean;
  /** The last sign that it works, such as `newest figure`. */
  readonly sign?: string | undefined;
  /** When that sign was seen; absent if it never was. */
  readonly signAtMillis?: number | undefined;
}

/** Why the figures cannot be trusted, and what to do. */
export interface Blindness {
  readonly sentence: string;
  readonly remedy: string;
}

/** What to do about a part that is down. */
export const partRemedy = 'See which part is down: npm run stack:status';

/** The fields that do not belong to one session. */
export interface PageFields {
  readonly thresholds: SeverityLimits;
  /** Unix time of the newest figure; absent if none has arrived yet. */
  readonly newestSampleSeconds: number | undefined;
  /** The labels of the live sessions that have no figure yet. */
  readonly waiting: readonly string[];
  readonly blindness: Blindness | undefined;
  readonly rateLimits: readonly {
    readonly window: string;
    /** The first characters of the account's id; absent if it is unknown. */
    readonly account?: string | undefined;
    readonly usedPercent: number;
  }[];
  readonly alerts: readonly AlertRow[];
  readonly silences: readonly SilenceRow[];
  /** Newest first. */
  readonly inbox: readonly InboxRow[];
  readonly parts: readonly PartRow[];
  /** One sentence about the health of the whole stack. */
  readonly healthSentence: string;
  /** Usage of each of the fullest sessions over the last hour. */
  readonly fullest: readonly DrawnSession[];
}

/** One session's line in a chart. */
export interface DrawnSession {
  readonly id: string;
  /** Unix time in seconds and usage in percent, oldest first. */
  readonly points: readonly (readonly [atSeconds: number, usagePercent: number])[];
}

/** All live data on the page. */
export interface PageState {
  readonly fields: PageFields;
  readonly sessions: ReadonlyMap<string, SessionRow>;
}

/** A message to the page: first the whole state, then only the changes. */
export interface PageChange {
  readonly isWhole: boolean;
  /** Wall-clock time on the server. */
  readonly atMillis: number;
  /** `null` means that the field is now absent. */
  readonly fields: { readonly [Name in keyof PageFields]?: PageFields[Name] | null };
  readonly sessions: readonly SessionRow[];
  readonly gone: readonly string[];
}

/** Compares two states. Without an earlier one, the change contains the whole state. */
export function changeBetween(before: PageState | undefined, after: PageState, atMillis: number): PageChange {
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const fields = Object.entries(after.fields)
    .filter(([name, value]) => !isSame(before?.fields[name as keyof PageFields], value))
    .map(([name, value]) => [name, value ?? null]);
  return {
    isWhole: before === undefined,
    atMillis,
    fields: Object.fromEntries(fields),
    sessions: [...after.sessions.values()].filter((row) => !isSame(before?.sessions.get(row.id), row)),
    gone: [...(before?.sessions.keys() ?? [])].filter((id) => !after.sessions.has(id)),
  };
}

/** Applies a change to a state. Unchanged rows and fields stay the same objects. */
export function changed(before: PageState, change: PageChange): PageState {
  const news = Object.entries(change.fields).map(([name, value]) => [name, value ?? undefined]);
  return {
    fields: { ...before.fields, ...Object.fromEntries(news) },
    sessions: changedSessions(before.sessions, change),
  };
}

function changedSessions(
  before: PageState['sessions'],
  { isWhole, sessions, gone }: PageChange,
): PageState['sessions'] {
  if (!isWhole && sessions.length === 0 && gone.length === 0) return before;
  const rows = new Map(isWhole ? [] : before);
  for (const row of sessions) rows.set(row.id, row);
  for (const id of gone) rows.delete(id);
  return rows;
}

/** One session over a time range, for its own view. All series share `times`; a gap is `null`. */
export interface SessionPast {
  readonly id: string;
  readonly label: string;
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly host?: string | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly times: readonly number[];
  readonly tokens: readonly (number | null)[];
  readonly window: readonly (number | null)[];
  readonly compaction: readonly (number | null)[];
  readonly fillRate: readonly (number | null)[];
  readonly toFull: readonly (number | null)[];
  readonly cost: readonly (number | null)[];
  readonly checkpoints: readonly CheckpointEntry[];
  /** The latest context size of each subagent. */
  readonly subagents: readonly { readonly name: string; readonly tokens: number }[];
}

/** A row in the list of past sessions. */
export interface PastRow {
  readonly id: string;
  readonly label: string;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly peakPercent: number;
  readonly severity: Severity;
  readonly checkpoints: number;
  readonly tokensSaved: number;
  readonly costUsd?: number | undefined;
}
