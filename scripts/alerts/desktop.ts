import { printable } from '../../dashboards/terminal/text.ts';
import type { KeptAlert } from '../../instrumentation/src/receiver/alert-inbox.ts';
import { runCommand } from '../stack/command.ts';
import { exitCodes, StackError } from '../stack/stack-error.ts';

/** A command and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** The command that shows an alert as a notification of this desktop. */
export function notificationCommand(alert: KeptAlert, platform: NodeJS.Platform): CommandLine {
  const title = printable(`${alert.status === 'resolved' ? 'Resolved: ' : ''}${alert.summary}`);
  const text = printable(alert.description);
  if (platform === 'darwin') {
    // As arguments, so that no text is taken for a program.
    const script = 'on run {body, head}\ndisplay notification body with title head\nend run';
    return ['osascript', '-e', script, text, title];
  }
  const urgency = alert.severity === 'critical' && alert.status === 'firing' ? 'critical' : 'normal';
  return ['notify-send', '--app-name=ctxd', `--urgency=${urgency}`, '--', title, text];
}

/**
 * Shows an alert on the desktop.
 *
 * @throws StackError where this machine has no program for it
 */
export async function notifyDesktop(alert: KeptAlert): Promise<void> {
  const [command, ...args] = notificationCommand(alert, process.platform);
  const { exitCode, output } = await runCommand(command, args, { timeoutMillis: 5_000 });
  if (exitCode === 0) return;
  const reason = exitCode === 127 ? `there is no ${command}` : output.trim();
  throw new StackError(`The desktop notification failed: ${reason}.`, {
    remedy: 'Install it (Linux: the package libnotify-bin or libnotify), or follow without --desktop.',
    exitCode: exitCodes.failure,
  });
}
