import { printable } from '../../dashboards/text/text.ts';
import type { KeptAlert } from '#answers';
import { runCommand } from '../../compose/system/command.ts';
import { exitCodes, StackError } from '../../compose/system/stack-error.ts';

/** A command and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** A desktop notification. */
export interface Notification {
  readonly title: string;
  readonly text: string;
  readonly isUrgent?: boolean;
}

/** Shown first, so that a machine without notifications fails before it misses an alert. */
export const greeting: Notification = { title: 'ctxd', text: 'Alerts will be shown here.' };

/** The notification for an alert: its title, and what to do while it fires. */
export function notificationOf({ status, severity, ...alert }: KeptAlert): Notification {
  const { summary, title = `${status === 'resolved' ? 'Resolved: ' : ''}${summary}` } = alert;
  return {
    title: printable(title),
    text: printable(status === 'resolved' && alert.title ? '' : (alert.advice ?? alert.description)),
    isUrgent: severity === 'critical' && status === 'firing',
  };
}

/** The command that shows a notification on this desktop. */
export function notificationCommand(shown: Notification, platform: NodeJS.Platform): CommandLine {
  const { title, text, isUrgent = false } = shown;
  if (platform === 'darwin') {
    // Passed as arguments, so that no text is run as a script.
    const script = 'on run {body, head}\ndisplay notification body with title head\nend run';
    return ['osascript', '-e', script, text, title];
  }
  return [
    'notify-send',
    '--app-name=ctxd',
    `--urgency=${isUrgent ? 'critical' : 'normal'}`,
    '--',
    title,
    text,
  ];
}

/**
 * Shows a notification on the desktop.
 *
 * @throws StackError when this machine has no program for it
 */
export async function notifyDesktop(shown: Notification): Promise<void> {
  const [command, ...args] = notificationCommand(shown, process.platform);
  const { exitCode, output } = await runCommand(command, args, { timeoutMillis: 5_000 });
  if (exitCode === 0) return;
  const reason = exitCode === 127 ? `there is no ${command}` : output.trim();
  throw new StackError(`The desktop notification failed: ${reason}.`, {
    remedy: 'Install it (Linux: the package libnotify-bin or libnotify), or leave out --desktop.',
    exitCode: exitCodes.failure,
  });
}
