/** The parts of Claude Code's `statusLine` setting that we use. `subagentStatusLine` has the same form. */
export interface StatusLine {
  readonly type: 'command';
  readonly command: string;
}

/** File name of the script that reports to the receiver and runs the user's own command. */
export const wrapperName = 'status-line.sh';

/** The URL to which the script posts a status line's JSON. */
export function statusLineUrl(receiverUrl: string): string {
  return `${receiverUrl}/claude-code/statusline`;
}

/**
 * The command line that runs a command through the script.
 *
 * @param wrapper - path of the script.
 * @param url - the URL to which the script posts the JSON that Claude Code pipes to it.
 * @param command - the command that prints the status line. Default: the script prints a short one itself.
 */
export function wrapped(wrapper: string, url: string, command?: string): string {
  const words = [wrapper, url, ...(command === undefined ? [] : [command])];
  return `/bin/sh ${words.map(quoted).join(' ')}`;
}

/** Whether a status line already runs the script. */
export function isWrapped({ command }: StatusLine): boolean {
  return command.startsWith('/bin/sh ') && command.includes(`/${wrapperName}' 'http://127.0.0.1:`);
}

/** Whether a status line runs the script without a command of the user, so that it prints ctxd's line. */
export function isOwn(statusLine: StatusLine): boolean {
  return isWrapped(statusLine) && statusLine.command.endsWith("/claude-code/statusline'");
}

/** Whether a `statusLine` setting has the only form that Claude Code supports. */
export function isStatusLine(value: unknown): value is StatusLine {
  if (typeof value !== 'object' || value === null) return false;
  const { type, command } = value as Partial<Record<keyof StatusLine, unknown>>;
  return type === 'command' && typeof command === 'string' && command.trim() !== '';
}

/** Quotes a word so that a shell takes it literally. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
