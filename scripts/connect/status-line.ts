/** Claude Code's `statusLine` setting, as far as it concerns us; `subagentStatusLine` has the same form. */
export interface StatusLine {
  readonly type: 'command';
  readonly command: string;
}

/** File name of the script that reports to the receiver and then runs the user's own command. */
export const wrapperName = 'status-line.sh';

/** Where the script posts a status line's JSON. */
export function statusLineUrl(receiverUrl: string): string {
  return `${receiverUrl}/claude-code/statusline`;
}

/**
 * The command line that runs the script around a command.
 *
 * @param wrapper - path of the script.
 * @param url - where the script posts the JSON that Claude Code gives it.
 * @param command - the command that prints the output; without one the script prints a short status line.
 */
export function wrapped(wrapper: string, url: string, command?: string): string {
  const words = [wrapper, url, ...(command === undefined ? [] : [command])];
  return `/bin/sh ${words.map(quoted).join(' ')}`;
}

/** Whether a command line runs the script already. */
export function isWrapped({ command }: StatusLine): boolean {
  return command.startsWith('/bin/sh ') && command.includes(`/${wrapperName}' 'http://127.0.0.1:`);
}

/** Whether a `statusLine` setting is of the only form that Claude Code knows. */
export function isStatusLine(value: unknown): value is StatusLine {
  if (typeof value !== 'object' || value === null) return false;
  const { type, command } = value as Partial<Record<keyof StatusLine, unknown>>;
  return type === 'command' && typeof command === 'string' && command.trim() !== '';
}

/** A word quoted so that a shell takes it literally. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
