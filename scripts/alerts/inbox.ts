import type { InboxView, KeptAlert } from '#answers';
import { ask, type Server } from '../../dashboards/source/http-client.ts';
import { printable } from '../../dashboards/text/text.ts';

/** What the inbox of the receiver holds, after the alert with that id. */
export async function readInbox(receiver: Server, after = 0): Promise<InboxView> {
  return (await (await ask(receiver, `/alerts?after=${after}`)).json()) as InboxView;
}

/** An alert as people read it: when, how severe, what; and while it fires, where to look and what to do. */
export function alertLines(alert: KeptAlert): string[] {
  const { status, severity, summary, description, receivedAtMillis } = alert;
  const at = timeOf(receivedAtMillis);
  const [text, degree] = [printable(description || summary), printable(severity)];
  if (status === 'resolved') return [`${at}  resolved  ${degree}: ${text}`];
  const first = `${at}  ${degree.padEnd(8)}  ${text}`;
  const links = [alert.dashboardUrl, alert.runbookUrl].filter(Boolean).map(printable);
  return [first, ...links.map((link) => `${' '.repeat(at.length)}  ${link}`)];
}

/** Whether the alert that always fires still arrives: a sentence for when it does not. */
export function watchdogWarning({ watchdogAtMillis }: InboxView, nowMillis: number): string | undefined {
  if (watchdogAtMillis !== null && nowMillis - watchdogAtMillis < 180_000) return undefined;
  const [since, unless] =
    watchdogAtMillis === null
      ? ['yet', ', unless the stack started within the last minute']
      : [`since ${timeOf(watchdogAtMillis)}`, ''];
  return `The alert that always fires has not arrived ${since}: alerts may not reach you${unless}. See alerts/runbooks/CtxdWatchdog.md`;
}

/** In this machine's time zone, and sortable: `2026-11-23 14:05:09`. */
function timeOf(millis: number): string {
  return new Date(millis).toLocaleString('sv-SE');
}
