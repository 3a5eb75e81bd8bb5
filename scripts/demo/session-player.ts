import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionContext, SessionRegistry, Threshold, Thresholds } from 'koa-context-window';
import type { McpSession } from './mcp-client.ts';
import type { SessionScript, Step } from './session-script.ts';

/** The result of one session. */
export interface SessionOutcome {
  readonly sessionId: string;
  /** The header that identified it to the server. */
  readonly identifiedBy: 'X-Claude-Code-Session-Id' | 'Mcp-Session-Id';
  /** `stopped`: still open when the demo ended. */
  readonly end: 'ended' | 'expired' | 'stopped';
  readonly reports: number;
  /** The session's last state in the server; absent when it was stopped before its first report. */
  readonly last: SessionContext | undefined;
}

/** What all sessions share. */
export interface Play {
  readonly registry: SessionRegistry;
  readonly thresholds: Thresholds;
  readonly speed: number;
  /** Whether a session that stays continues until the signal. */
  readonly isEndless: boolean;
  readonly log: (line: string) => void;
  /** On the clock of `performance.now()`. */
  readonly startedMillis: number;
  readonly signal: AbortSignal;
}

/** Plays a script through an MCP session and returns its result. Stops early at the signal. */
export async function playSession(
  session: McpSession,
  script: SessionScript,
  play: Play,
): Promise<SessionOutcome> {
  const player = new Player(session, script, play);
  try {
    for (const step of script.steps) await player.play(step);
    if (play.isEndless && script.steps.at(-1)?.kind === 'report') await player.stay();
  } catch (error) {
    if (!play.signal.aborted) throw error;
  }
  return player.outcome();
}

const turnMillis = 3_000;

class Player {
  readonly #session: McpSession;
  readonly #script: SessionScript;
  readonly #play: Play;
  #end: SessionOutcome['end'] = 'stopped';
  #reports = 0;
  #last: SessionContext | undefined;

  constructor(session: McpSession, script: SessionScript, play: Play) {
    this.#session = session;
    this.#script = script;
    this.#play = play;
  }

  async play(step: Step): Promise<void> {
    await this.#until(step.atMillis);
    if (step.kind === 'report') await this.#report(step.tokensUsed);
    else if (step.kind === 'checkpoint') await this.#checkpoint(step);
    else if (step.kind === 'end') await this.#endSession();
    else await this.#goIdle();
  }

  /** Reports the last figures until the signal. */
  async stay(): Promise<never> {
    for (;;) {
      await sleep(turnMillis / this.#play.speed, undefined, { signal: this.#play.signal });
      await this.#report(this.#last?.tokensUsed ?? 0);
    }
  }

  outcome(): SessionOutcome {
    return {
      sessionId: this.#session.sessionId,
      identifiedBy: this.#script.sendsOwnId ? 'X-Claude-Code-Session-Id' : 'Mcp-Session-Id',
      end: this.#end,
      reports: this.#reports,
      last: this.#last,
    };
  }

  async #until(atMillis: number): Promise<void> {
    const { startedMillis, speed, signal } = this.#play;
    const waitMillis = startedMillis + atMillis / speed - performance.now();
    await sleep(Math.max(0, waitMillis), undefined, { signal });
  }

  async #report(tokensUsed: number): Promise<void> {
    await this.#session.report({ tokensUsed, windowTokens: this.#script.windowTokens });
    this.#reports += 1;
    if (this.#reports === 1)
      this.#log(`starts, known by its ${this.outcome().identifiedBy} ${this.#session.sessionId}`);
    const before = this.#last;
    const now = this.#look();
    if (now === undefined) return;
    const { warning, critical } = this.#play.thresholds;
    if (now.threshold70Count > (before?.threshold70Count ?? 0)) this.#logCrossing(warning, now);
    if (now.threshold90Count > (before?.threshold90Count ?? 0)) this.#logCrossing(critical, now);
  }

  async #checkpoint({ tokensSaved, tokensUsed }: Step & { kind: 'checkpoint' }): Promise<void> {
    await this.#session.checkpoint({ tokensSaved, tokensUsed });
    const now = this.#look();
    this.#log(
      `checkpoints: ${shown(tokensSaved)} tokens saved, ${now?.usagePercent.toFixed(1)} % in use now`,
    );
  }

  async #endSession(): Promise<void> {
    await this.#session.end();
    this.#end = 'ended';
    this.#log('ends');
  }

  async #goIdle(): Promise<void> {
    this.#log(`goes idle at ${this.#last?.usagePercent.toFixed(1)} %`);
    while (this.#look() !== undefined) await sleep(100, undefined, { signal: this.#play.signal });
    this.#end = 'expired';
    this.#log('has been idle for too long and expires');
  }

  /** Reads the server's own state, so that what is printed is what is exported. */
  #look(): SessionContext | undefined {
    const now = this.#play.registry.get(this.#session.sessionId);
    this.#last = now ?? this.#last;
    return now;
  }

  #logCrossing({ percent, severity }: Threshold, now: SessionContext): void {
    const tokens = `${shown(now.tokensUsed)} of ${shown(now.windowTokens)} tokens`;
    this.#log(`reaches ${percent} % (${severity}): ${now.usagePercent.toFixed(1)} %, ${tokens}`);
  }

  #log(event: string): void {
    const seconds = Math.floor((performance.now() - this.#play.startedMillis) / 1_000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    this.#play.log(`${time}  ${this.#script.name}  ${event}`);
  }
}

function shown(tokens: number): string {
  return tokens.toLocaleString('en-US');
}
