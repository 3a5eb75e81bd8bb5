/**
 * The source of an observation. `process`: the file of a running Claude Code in `~/.claude/sessions`; `gateway`: the usage
 * in an Anthropic Messages response that passed through a Koa app; `api`: a program that knows its own numbers;
 * `estimate`: guessed from sizes, never exact.
 */
export type ObservationSource =
  'statusline' | 'otlp' | 'hook' | 'transcript' | 'process' | 'gateway' | 'api' | 'estimate';

/** What a rejected request reported: `alerts` is a notification from Alertmanager. */
export type ReportSource = ObservationSource | 'alerts';

/** The content of one payload about one session. Everything but the session and the source can be absent. */
export interface SessionObservation {
  /** A checked session id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly sessionId: string;
  readonly source: ObservationSource;
  /** Wall-clock time of the reported event, in milliseconds. Default: its arrival. */
  readonly atMillis?: number | undefined;
  /** Claude Code's `event.sequence`: grows within one process, and restarts when a session is resumed. */
  readonly sequence?: number | undefined;
  /** Id of the request to the model, the same in every source that has it. */
  readonly requestId?: string | undefined;
  /** Tokens in the main thread's context window: input, cache creation and cache read of its newest request. */
  readonly tokensUsed?: number | undefined;
  /** Size of the context window in tokens, at least 1, as the source states it. */
  readonly windowTokens?: number | undefined;
  /** Window sizes that a transcript proves, by model; without a model, the window of the session's own model. */
  readonly modelWindows?: readonly ModelWindow[] | undefined;
  /** Whether the figure or the compaction belongs to the session that this one continues. It then counts nothing. */
  readonly isInherited?: boolean | undefined;
  /** Whether it only names a session or describes its model, at any time: it is not activity. */
  readonly isTimeless?: boolean | undefined;
  /** Set if the event does not state the purpose of the request: whether any of its tokens were cached. */
  readonly unattributed?: { readonly isCached: boolean } | undefined;
  readonly model?: string | undefined;
  readonly sessionName?: SessionName | undefined;
  /** The repository's or the folder's name, never a path. */
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  /** The id of the account or organization that pays for the session. */
  readonly accountId?: string | undefined;
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
  /** How the process that has it open was started. */
  readonly launch?: Launch | undefined;
}

/** How a Claude Code process was started. It is never stored or exported. */
export interface Launch {
  /** The path of the folder, which has the project's settings. */
  readonly folder?: string | undefined;
  /** The argument `--autocompact` in tokens, which overrides the settings. */
  readonly autoCompactWindow?: number | undefined;
}

/** A session's name, and whether Claude Code generated it or the user gave it. */
export interface SessionName {
  readonly text: string;
  readonly generated: boolean;
}

/** What triggered a compaction. */
export type CompactionTrigger = 'auto' | 'manual' | 'unknown';

/** A compaction as one source reports it, with tokens if the source has them. */
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

/** The context of a subagent, which is never part of its session's context. */
export interface SubagentReport {
  readonly name: string;
  readonly tokensUsed: number;
  /** Size of its window, if the source states it. */
  readonly windowTokens?: number | undefined;
}

/** Money spent in US dollars: by the whole session so far, or by one request. */
export interface Cost {
  readonly of: 'session' | 'request';
  readonly usd: number;
}

/** The use of an account's rate limit. */
export interface RateLimit {
  readonly window: 'five_hour' | 'seven_day';
  /** 0 to 100. */
  readonly usedPercent: number;
  /** Wall-clock time of its reset, in milliseconds. */
  readonly resetsAtMillis?: number | undefined;
}

/** Why an item was ignored. A fixed list, because the reason is a label of a counter. */
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
  | 'background_request'
  | 'failed_compaction'
  | 'too_long'
  | 'too_large'
  | 'too_slow'
  | 'too_many_sessions'
  | 'duplicate'
  | 'late'
  | 'less_exact';

/** An ignored item, to be counted. */
export interface Ignored {
  readonly source: ReportSource;
  readonly reason: IgnoredReason;
}

/** The result of an adapter for one payload. Adapters never throw. */
export interface Adapted {
  readonly observations: readonly SessionObservation[];
  readonly ignored: readonly Ignored[];
}
