import type { KeptAlert } from '#answers';
import { printable } from '../../dashboards/text/printable.ts';
import { exitCodes, messageOf, StackError } from '../../compose/system/stack-error.ts';
import { type Notification, showNotification } from '../receiver/desktop.ts';

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

/**
 * Shows a notification on the desktop.
 *
 * @throws StackError when this machine has no program for it
 */
export async function notifyDesktop(shown: Notification): Promise<void> {
  try {
    await showNotification(shown);
  } catch (error) {
    throw new StackError(messageOf(error), {
      remedy: 'Install it (Linux: the package libnotify-bin or libnotify), or leave out --desktop.',
      exitCode: exitCodes.failure,
    });
  }
}
