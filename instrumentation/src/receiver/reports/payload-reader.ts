import { refuseSessionId, sessionLabel } from '../../session-id.ts';
import type {
  Adapted,
  Ignored,
  IgnoredReason,
  ObservationSource,
  SessionObservation,
} from './observation.ts';

/** An object in a payload: any name may be missing, any value may be of any type. */
export type UntrustedObject = Readonly<Record<string, unknown>>;

/** Most characters of a name or a model id. */
export const longestText = 128;
/** The large context window, in tokens. */
export const largeWindowTokens = 1_000_000;
/** Most tokens in one figure; anything larger is not a context window. */
export const mostTokens = 100_000_000;

const modelId = /^[\w.:/@[\]-]{1,128}$/;
const requestId = /^[\w.:-]{1,128}$/;
const decimal = /^\d{1,18}(\.\d{1,18})?(e-?\d{1,2})?$/i;
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\s]+/gu;

/**
 * Reads values from an untrusted payload. An absent value (`undefined`, `null`) is `undefined`. A value of the wrong kind is
 * `undefined`, too, and is recorded in {@link ignored}. Never throws.
 */
export class PayloadReader {
  readonly #source: ObservationSource;
  readonly #ignored: Ignored[] = [];

  constructor(source: ObservationSource) {
    this.#source = source;
  }

  /** Records that an item was ignored. */
  ignore(reason: IgnoredReason): undefined {
    this.#ignored.push({ source: this.#source, reason });
    return undefined;
  }

  /** The result for the adapter to return. */
  adapted(observations: readonly SessionObservation[] = []): Adapted {
    return { observations, ignored: this.#ignored };
  }

  /** The payload itself, which must be an object. */
  payload(value: unknown): UntrustedObject | undefined {
    return isObject(value) ? value : this.ignore('not_an_object');
  }

  /** An object inside the payload; an empty one if it is absent. */
  object(value: unknown): UntrustedObject {
    if (isObject(value)) return value;
    if (!isAbsent(value)) this.ignore('wrong_type');
    return {};
  }

  /** A list inside the payload; an empty one if it is absent. */
  list(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (!isAbsent(value)) this.ignore('wrong_type');
    return [];
  }

  /** The label of a session id. */
  sessionId(value: unknown): string | undefined {
    if (isAbsent(value) || value === '') return this.ignore('missing_session_id');
    if (value === 'unknown' || refuseSessionId(value) !== undefined) return this.ignore('invalid_session_id');
    return sessionLabel(value as string);
  }

  /** A number of at least 0; a string of decimal digits counts, since OTLP attributes can arrive that way. */
  amount(value: unknown, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
    if (isAbsent(value)) return undefined;
    const number = typeof value === 'string' && decimal.test(value) ? Number(value) : value;
    if (typeof number !== 'number') return this.ignore('wrong_type');
    return number >= 0 && number <= most ? number + 0 : this.ignore('out_of_range');
  }

  /** A whole number of at least 0. */
  count(value: unknown, most?: number): number | undefined {
    const amount = this.amount(value, most);
    return amount === undefined || Number.isSafeInteger(amount) ? amount : this.ignore('out_of_range');
  }

  /** Tokens, a whole number from `least` to 100,000,000. */
  tokens(value: unknown, least = 0): number | undefined {
    const tokens = this.count(value, mostTokens);
    return tokens === undefined || tokens >= least ? tokens : this.ignore('out_of_range');
  }

  /** A short text for people: one line, without control characters, cut at 128 characters. */
  text(value: unknown): string | undefined {
    if (isAbsent(value)) return undefined;
    if (typeof value !== 'string') return this.ignore('wrong_type');
    const line = value
      .slice(0, 4 * longestText)
      .toWellFormed()
      .replaceAll(invisible, ' ')
      .trim();
    return (
      line
        .slice(0, longestText)
        .replace(/[\uD800-\uDBFF]$/, '')
        .trimEnd() || undefined
    );
  }

  /** A model's id. */
  model(value: unknown): string | undefined {
    return this.#matching(value, modelId);
  }

  /** The id of a request to the model. */
  requestId(value: unknown): string | undefined {
    return this.#matching(value, requestId);
  }

  /** The last part of a path. The rest would say too much about the user. */
  folderName(path: unknown): string | undefined {
    if (typeof path !== 'string') return this.text(path);
    // Only the end is read: no folder name is longer, and a megabyte of slashes must not take long.
    const parts = path
      .slice(-8 * longestText)
      // A worktree that Claude Code made belongs to the project around it.
      .replace(/[/\\]\.claude[/\\]worktrees[/\\].*$/s, '')
      .split(/[/\\]/);
    return this.text(parts.findLast((part) => part !== ''));
  }

  /** A wall-clock time in milliseconds, from ISO 8601. */
  time(value: unknown): number | undefined {
    if (isAbsent(value)) return undefined;
    const millis = typeof value === 'string' && value.length <= 40 ? Date.parse(value) : Number.NaN;
    return millis >= 0 ? millis : this.ignore('wrong_type');
  }

  #matching(value: unknown, pattern: RegExp): string | undefined {
    if (isAbsent(value)) return undefined;
    return typeof value === 'string' && pattern.test(value) ? value : this.ignore('wrong_type');
  }
}

function isObject(value: unknown): value is UntrustedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
