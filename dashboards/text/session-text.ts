import { tokensShown } from './quantity.ts';

/** The tokens of a session. */
interface SessionTokens {
  readonly tokensUsed: number;
  readonly windowTokens: number;
  readonly isWindowAssumed?: boolean | undefined;
}

/** `180K / 200K`; `180K / 200K, assumed` where the size of the window is a guess. */
export function tokensText({ tokensUsed, windowTokens, isWindowAssumed }: SessionTokens): string {
  return `${tokensShown(tokensUsed)} / ${tokensShown(windowTokens)}${isWindowAssumed ? ', assumed' : ''}`;
}

/** A model's name without its maker: `claude-opus-4-6` becomes `opus-4-6`. */
export function modelText(model: string): string {
  return model.replace(/^claude-/, '');
}

/** An idle session does not fill up. */
const idleSeconds = 120;

/** Whether a session's last activity was more than two minutes ago. */
export function isIdle(lastActivitySeconds: number | undefined, nowSeconds: number): boolean {
  return lastActivitySeconds !== undefined && nowSeconds - lastActivitySeconds > idleSeconds;
}
