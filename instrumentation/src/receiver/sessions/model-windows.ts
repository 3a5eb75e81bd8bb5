import { defaultWindowTokens } from '../../usage.ts';
import { largeWindowTokens, longestText, mostTokens } from '../reports/payload-reader.ts';

/**
 * The source of a window's size. `explicit`: someone set it; `statusline`: Claude Code stated it; `transcript`: a request used
 * it; `model`: the table below; `default`: assumed, because nothing is known; `healed`: corrected, because more tokens were in
 * use than the window could hold.
 */
export type WindowSource = 'explicit' | 'statusline' | 'transcript' | 'model' | 'default' | 'healed';

/** The size of a context window and its source. */
export interface Window {
  readonly tokens: number;
  readonly source: WindowSource;
}

/** The window sizes that the environment sets. */
export interface WindowSettings {
  /** The window of every session, in tokens. */
  readonly everyTokens?: number | undefined;
  /** Window sizes in tokens by model id or part of one; the longest match wins. */
  readonly byModel: ReadonlyMap<string, number>;
  /** Returns whether Claude Code's settings for a folder disable the large window. Default: they don't. */
  readonly isLargeDisabled?: ((folder?: string) => boolean) | undefined;
}

/** The facts about one session's window. */
export interface WindowEvidence {
  /** The size that a program reported, which knows the session's window. */
  readonly explicitTokens?: number | undefined;
  /** `context_window_size` of the status line. */
  readonly statuslineTokens?: number | undefined;
  /** The size that the betas and costs in the transcript prove. */
  readonly transcriptTokens?: number | undefined;
  readonly model?: string | undefined;
  /** Fewest tokens at which the session was compacted automatically. */
  readonly leastCompactedTokens?: number | undefined;
  /** Whether a program other than Claude Code reports the session. Its unknown models then have the default window. */
  readonly isForeign?: boolean | undefined;
  /** Whether Claude Code's settings disable the large window. Default: they don't. */
  readonly isLargeDisabled?: boolean | undefined;
  /** The most tokens in the window at once. */
  readonly peakTokensUsed?: number | undefined;
}

export { largeWindowTokens };

/**
 * The models with the large window, by family and the first version that has it. Add a line for a new family; set
 * `CTXD_MODEL_WINDOWS` to add one without a release.
 *
 * Source: https://docs.anthropic.com/en/docs/build-with-claude/context-windows
 */
const largeFrom: Readonly<Record<string, number>> = { opus: 4.07, sonnet: 5, fable: 5, haiku: 5.05 };

/**
 * The size of a session's context window. The first that is known wins: explicit value (a program's, then the
 * environment's), status line, transcript, model table, default. A window that contains more tokens than it can hold is
 * wrong and becomes 1,000,000, unless someone set it.
 *
 * Some versions state 200,000 in the status line of a session with the large window: that is ignored if the
 * transcript or the model says otherwise, unless an automatic compaction below 200,000 or a setting proves it.
 * Source: https://github.com/anthropics/claude-code/issues/76751
 */
export function windowOf(evidence: WindowEvidence, settings: WindowSettings = noSettings): Window {
  const window = statedWindow(evidence, settings);
  const healed = window.source !== 'explicit' && (evidence.peakTokensUsed ?? 0) > window.tokens;
  return healed && window.tokens < largeWindowTokens
    ? { tokens: largeWindowTokens, source: 'healed' }
    : window;
}

const noSettings: WindowSettings = { byModel: new Map() };

function statedWindow(evidence: WindowEvidence, settings: WindowSettings): Window {
  const { explicitTokens, statuslineTokens, model } = evidence;
  const explicit = explicitTokens ?? settings.everyTokens ?? settingFor(model, settings);
  if (explicit !== undefined) return { tokens: explicit, source: 'explicit' };
  const known = windowKnownOtherwise(evidence);
  if (statuslineTokens === undefined || isDisbelieved(statuslineTokens, known, evidence)) return known;
  return { tokens: statuslineTokens, source: 'statusline' };
}

function windowKnownOtherwise(evidence: WindowEvidence): Window {
  const known = provedOrUsual(evidence);
  const isTooLarge = evidence.isLargeDisabled && known.tokens > defaultWindowTokens;
  return isTooLarge ? { tokens: defaultWindowTokens, source: 'model' } : known;
}

function provedOrUsual({ transcriptTokens, model, isForeign }: WindowEvidence): Window {
  if (transcriptTokens !== undefined) return { tokens: transcriptTokens, source: 'transcript' };
  const byModel = windowOfModel(model);
  return isForeign && byModel.source === 'default' ? defaultWindow : byModel;
}

function isDisbelieved(
  statuslineTokens: number,
  known: Window,
  { leastCompactedTokens }: WindowEvidence,
): boolean {
  if (statuslineTokens !== defaultWindowTokens || known.tokens <= statuslineTokens) return false;
  const isProved = leastCompactedTokens !== undefined && leastCompactedTokens <= statuslineTokens;
  return known.source !== 'default' && !isProved;
}

const defaultWindow: Window = { tokens: defaultWindowTokens, source: 'default' };

function settingFor(model: string | undefined, { byModel }: WindowSettings): number | undefined {
  const fitting = [...byModel.keys()].filter((part) => model?.includes(part));
  const longest = fitting.toSorted((one, other) => other.length - one.length)[0];
  return longest === undefined ? undefined : byModel.get(longest);
}

/**
 * The window of a model by its id alone, as Anthropic, Bedrock, Vertex and Foundry spell it. Claude Code uses the
 * large window for a model that it doesn't know.
 */
export function windowOfModel(model: string | undefined): Window {
  if (model === undefined) return defaultWindow;
  if (/\[1m\]$/i.test(model)) return { tokens: largeWindowTokens, source: 'model' };
  const family = /(opus|sonnet|haiku|fable)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/i.exec(model);
  const older = /claude-(?:\d|v\d|instant)/i.test(model);
  if (family === null && older) return { tokens: defaultWindowTokens, source: 'model' };
  if (family === null) return { tokens: largeWindowTokens, source: 'default' };
  const version = Number(family[2]) + Number(family[3] ?? 0) / 100;
  const large = version >= (largeFrom[family[1]!.toLowerCase()] ?? Infinity) && !isHostedElsewhere(model);
  return { tokens: large ? largeWindowTokens : defaultWindowTokens, source: 'model' };
}

/** Vertex (`claude-…@20260401`) and Foundry give 200,000 without `[1m]`. */
function isHostedElsewhere(model: string): boolean {
  return /@|vertex|foundry|azure/i.test(model);
}

/**
 * Reads `CLAUDE_CODE_MAX_CONTEXT_TOKENS` (tokens, for every session) and `CTXD_MODEL_WINDOWS` (`name=tokens,…` or a JSON
 * object of tokens by name, where a name is a model id or a part of one).
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function windowSettingsFrom(
  environment: Readonly<Record<string, string | undefined>>,
): WindowSettings {
  const every = environment['CLAUDE_CODE_MAX_CONTEXT_TOKENS']?.trim();
  const byModel = environment['CTXD_MODEL_WINDOWS']?.trim();
  return {
    everyTokens: every ? windowTokens('CLAUDE_CODE_MAX_CONTEXT_TOKENS', every, every) : undefined,
    byModel: new Map(byModel ? modelWindows(byModel) : []),
  };
}

function modelWindows(text: string): [string, number][] {
  const entries = text.startsWith('{') ? jsonEntries(text) : text.split(',').map(listEntry);
  return entries.map(([name, value]) => {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > longestText) throw badModelWindows(text);
    return [trimmed, windowTokens('CTXD_MODEL_WINDOWS', value, `${trimmed}=${String(value)}`)];
  });
}

function listEntry(text: string): [string, unknown] {
  const split = text.lastIndexOf('=');
  return [text.slice(0, Math.max(split, 0)), text.slice(split + 1)];
}

function jsonEntries(text: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(text) as object);
  } catch (cause) {
    throw badModelWindows(text, cause);
  }
}

function windowTokens(variable: string, value: unknown, shown: string): number {
  const tokens = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(tokens) && (tokens as number) >= 1 && (tokens as number) <= mostTokens) {
    return tokens as number;
  }
  throw new RangeError(
    `Expected \`${variable}\` to give a whole number of tokens from 1 to ${mostTokens}, got \`${shown.slice(0, 64)}\``,
  );
}

function badModelWindows(text: string, cause?: unknown): RangeError {
  return new RangeError(
    `Expected \`CTXD_MODEL_WINDOWS\` to be a JSON object or a list such as \`claude-opus-5=1000000\`, got \`${text.slice(0, 64)}\``,
    { cause },
  );
}
