/** Claude Code's `statusLine` setting, as far as it concerns us. */
export interface StatusLine {
  readonly type: 'command';
  readonly command: string;
}

/** File name of the wrapper. */
export const wrapperName = 'status-line.sh';

/**
 * The command line that runs the wrapper around a command.
 *
 * @param wrapper - path of the wrapper.
 * @param receiverUrl - where the wrapper sends what Claude Code tells the status line.
 * @param command - the command that prints the status line; without one the wrapper prints a line of its own.
 */
export function wrapped(wrapper: string, receiverUrl: string, command?: string): string {
  const url = `${receiverUrl}/claude-code/statusline`;
  const words = [wrapper, url, ...(command === undefined ? [] : [command])];
  return `/bin/sh ${words.map(quoted).join(' ')}`;
}

/** Whether a command line runs the wrapper already. */
export function isWrapped({ command }: StatusLine): boolean {
  return command.startsWith('/bin/sh ') && command.includes(`/${wrapperName}' 'http://127.0.0.1:`);
}

/** Whether a `statusLine` setting is of the one kind that there is. */
export function isStatusLine(value: unknown): value is StatusLine {
  if (typeof value !== 'object' || value === null) return false;
  const { type, command } = value as Partial<Record<keyof StatusLine, unknown>>;
  return type === 'command' && typeof command === 'string' && command.trim() !== '';
}

/** A word as a shell takes it literally. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
