/**
 * Where an observation comes from. `process`: the file of a running Claude Code in `~/.claude/sessions`; `gateway`: usage
 * read out of an Anthropic Messages response that passed through a Koa app; `api`: a program that knows its own numbers;
 * `estimate`: guessed from sizes, never exact.
 */
export type ObservationSource =
  'statusline' | 'otlp' | 'hook' | 'transcript' | 'process' | 'gateway' | 'api' | 'estimate';

/** What one payload says about one session. Everything but the session and the source can be absent. */
export interface SessionObservation {
  /** A checked session id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly sessionId: string;
  readonly source: ObservationSource;
  /** Wall-clock time of what is reported, in milliseconds. Default: when it arrived. */
  readonly atMillis?: number | undefined;
  /** Claude Code's `event.sequence`: grows within one process, starts again when a session is resumed. */
  readonly sequence?: number | undefined;
  /** Id of the request to the model, the same in every source that has it. */
  readonly requestId?: string | undefined;
  /** Tokens in the main thread's context window: input, cache creation and cache read of its newest request. */
  readonly tokensUsed?: number | undefined;
  /** Size of the context window in tokens, at least 1, as the source states it. */
  readonly windowTokens?: number | undefined;
  /** Windows by model as a transcript proves them; without a model, of the session's own. */
  readonly modelWindows?: readonly ModelWindow[] | undefined;
  /** Whether the figure or the compaction is another session's, which this one continues: it counts nothing. */
  readonly isInherited?: boolean | undefined;
  /** Whether it says nothing about when: it may name a session and describe its model, and is no activity. */
  readonly isTimeless?: boolean | undefined;
  /** Set where the event does not say what the request was for: whether any of its tokens were cached. */
  readonly unattributed?: { readonly isCached: boolean } | undefined;
  readonly model?: string | undefined;
  readonly sessionName?: SessionName | undefined;
  /** The repository's or the folder's name, never a path. */
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  readonly compaction?: CompactionReport | undefined;
  readonly subagent?: SubagentReport | undefined;
  readonly cost?: Cost | undefined;
  readonly rateLimits?: readonly RateLimit[] | undefined;
  /** Whether the session is over. */
  readonly ended?: boolean | undefined;
  /** Whether a process has the session open right now. */
  readonly running?: boolean | undefined;
  /** Whether another process has just resumed the session. */
  readonly resumed?: boolean | undefined;
}

/** A session's name, and whether Claude Code made it up or the user gave it. */
export interface SessionName {
  readonly text: string;
  readonly generated: boolean;
}

/** What set a compaction off. */
export type CompactionTrigger = 'auto' | 'manual' | 'unknown';

/** One source's word on a compaction; tokens only where the source has them. */
export interface CompactionReport {
  readonly trigger: CompactionTrigger;
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
}

/** The size of a model's context window in tokens. */
export interface ModelWindow {
  readonly model?: string | undefined;
  readonly windowTokens: number;
}

/** The context of a subagent, which is never part of its session's. */
export interface SubagentReport {
  readonly name: string;
  readonly tokensUsed: number;
}

/** Money spent in US dollars: by the whole session so far, or by one request. */
export interface Cost {
  readonly of: 'session' | 'request';
  readonly usd: number;
}

/** How much of an account's rate limit is used. */
export interface RateLimit {
  readonly window: 'five_hour' | 'seven_day';
  /** 0 to 100. */
  readonly usedPercent: number;
  /** Wall-clock time in milliseconds at which it starts again. */
  readonly resetsAtMillis?: number | undefined;
}

/** Why something was left out. Few and ours, because it is a label of a counter. */
export type IgnoredReason =
  | 'unreadable'
  | 'not_an_object'
  | 'missing_session_id'
  | 'missing_time'
  | 'invalid_session_id'
  | 'missing_usage'
  | 'wrong_type'
  | 'out_of_range'
  | 'unknown_field'
  | 'unknown_event'
  | 'unknown_query_source'
  | 'missing_query_source'
  | 'background_request'
  | 'failed_compaction'
  | 'too_long'
  | 'too_large'
  | 'duplicate'
  | 'late'
  | 'less_exact';

/** Something that was left out, to be counted. */
export interface Ignored {
  readonly source: ObservationSource;
  readonly reason: IgnoredReason;
}

/** What an adapter makes of a payload. Adapters never throw. */
export interface Adapted {
  readonly observations: readonly SessionObservation[];
  readonly ignored: readonly Ignored[];
}
