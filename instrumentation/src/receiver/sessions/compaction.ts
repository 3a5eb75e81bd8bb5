import type { CompactionReport, CompactionTrigger, ObservationSource } from '../reports/observation.ts';

/** Who tells of a compaction: a source, or a sharp fall of what the context holds. */
type CompactionWitness = ObservationSource | 'fall';

/** A compaction, put together from everyone who told of it. */
export interface Compaction {
  readonly atMillis: number;
  readonly trigger: CompactionTrigger;
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
  /** Tokens that it saved, as far as counted: never falls. */
  readonly tokensSaved: number;
  /** What tells a witness's reports apart, by witness. */
  readonly reports: Readonly<Partial<Record<CompactionWitness, string>>>;
}

/** One witness's report, and when. */
export interface Testimony extends CompactionReport {
  readonly witness: CompactionWitness;
  /** Tells reports of one witness apart: the same twice is one report delivered twice. */
  readonly key: string;
  readonly atMillis: number;
  /** Tokens that were last seen in the context, for witnesses that have no figure. */
  readonly lastTokensUsed?: number | undefined;
}

/** What a report adds to what is counted already. */
export interface CompactionNews {
  readonly compactions: readonly Compaction[];
  /** Whether it is a compaction that nobody told of before. */
  readonly isNew: boolean;
  /** Tokens saved that were not counted before. */
  readonly tokensSaved: number;
}

/** Reports of different witnesses this close together are about one compaction: events arrive after up to 5 s. */
const sameCompactionMillis = 120_000;
const mostRemembered = 10;

/**
 * Adds a report to the compactions of a session, oldest first, so that each is counted once whoever tells of it. What a
 * witness states goes before what was assumed. `undefined` where the report was there before, or is older than memory.
 */
export function noteCompaction(
  known: readonly Compaction[],
  testimony: Testimony,
): CompactionNews | undefined {
  if (known.some(({ reports }) => reports[testimony.witness] === testimony.key)) return undefined;
  if (known.length === mostRemembered && testimony.atMillis < known[0]!.atMillis) return undefined;
  const match = known.findLast((compaction) => isSame(compaction, testimony));
  const merged = merge(match, testimony);
  const others = known.filter((compaction) => compaction !== match);
  return {
    compactions: [...others, merged]
      .toSorted((one, other) => one.atMillis - other.atMillis)
      .slice(-mostRemembered),
    isNew: match === undefined,
    tokensSaved: merged.tokensSaved - (match?.tokensSaved ?? 0),
  };
}

/** Tells the newest compaction what the context held after it, where nobody has said so yet. */
export function closeCompaction(
  known: readonly Compaction[],
  tokensAfter: number,
): CompactionNews | undefined {
  const newest = known.at(-1);
  if (newest === undefined || newest.tokensAfter !== undefined) return undefined;
  const closed = withSaved({ ...newest, tokensAfter });
  return {
    compactions: [...known.slice(0, -1), closed],
    isNew: false,
    tokensSaved: closed.tokensSaved - newest.tokensSaved,
  };
}

/**
 * Whether a fall is so sharp that only a compaction explains it: by more than half, and by a tenth of the window at
 * least. Going back to an earlier message can look the same; nothing tells the two apart.
 */
export function isSharpFall(tokensBefore: number, tokensAfter: number, windowTokens: number): boolean {
  return tokensAfter < tokensBefore / 2 && tokensBefore - tokensAfter >= windowTokens / 10;
}

function isSame(compaction: Compaction, { witness, atMillis }: Testimony): boolean {
  if (compaction.reports[witness] !== undefined) return false;
  return Math.abs(compaction.atMillis - atMillis) <= sameCompactionMillis;
}

function merge(match: Compaction | undefined, testimony: Testimony): Compaction {
  const { trigger, tokensBefore, tokensAfter, witness, key, atMillis, lastTokensUsed } = testimony;
  return withSaved({
    atMillis: match?.atMillis ?? atMillis,
    trigger: trigger === 'unknown' ? (match?.trigger ?? trigger) : trigger,
    tokensBefore: tokensBefore ?? match?.tokensBefore ?? lastTokensUsed,
    tokensAfter: tokensAfter ?? match?.tokensAfter,
    tokensSaved: match?.tokensSaved ?? 0,
    reports: { ...match?.reports, [witness]: key },
  });
}

function withSaved(compaction: Compaction): Compaction {
  const { tokensBefore, tokensAfter, tokensSaved } = compaction;
  if (tokensBefore === undefined || tokensAfter === undefined) return compaction;
  return { ...compaction, tokensSaved: Math.max(tokensSaved, tokensBefore - tokensAfter) };
}
