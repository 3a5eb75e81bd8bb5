import type { InboxView, KeptAlert } from '#answers';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { printable } from '../../dashboards/text/text.ts';

/** The receiver's inbox: alerts after the one with that id. Default: all. */
export async function readInbox(receiver: Server, after = 0): Promise<InboxView> {
  return (await (await fetchFrom(receiver, `/alerts?after=${after}`)).json()) as InboxView;
}

/** An alert as lines of text: time and title; while it fires, also what to do and its links. */
export function alertLines(alert: KeptAlert): string[] {
  const { status, severity, summary, description, receivedAtMillis, title, advice } = alert;
  const at = timeOf(receivedAtMillis);
  if (title !== undefined) {
    const more = status === 'resolved' ? [] : [advice ?? '', alert.dashboardUrl, alert.runbookUrl];
    return [`${at}  ${printable(title)}`, ...indented(more, at.length + 2)];
  }
  const [text, degree] = [printable(description || summary), printable(severity)];
  if (status === 'resolved') return [`${at}  resolved  ${degree}: ${text}`];
  const first = `${at}  ${degree.padEnd(8)}  ${text}`;
  return [first, ...indented([alert.dashboardUrl, alert.runbookUrl], at.length + 2)];
}

const indented = (lines: readonly string[], width: number) =>
  lines.filter(Boolean).map((text) => `${' '.repeat(width)}${printable(text)}`);

/** A warning when the watchdog alert, which always fires, no longer arrives. */
export function watchdogWarning({ watchdogAtMillis }: InboxView, nowMillis: number): string | undefined {
  if (watchdogAtMillis !== null && nowMillis - watchdogAtMillis < 180_000) return undefined;
  const sentence =
    watchdogAtMillis === null
      ? 'has not arrived yet. Unless the stack started within the last minute, alerts may not reach you.'
      : `has not arrived since ${timeOf(watchdogAtMillis)}. Alerts may not reach you.`;
  return `The watchdog alert, which always fires, ${sentence} See alerts/runbooks/CtxdWatchdog.md`;
}

/** Local time in a sortable form: `2026-11-23 14:05:09`. */
function timeOf(millis: number): string {
  return new Date(millis).toLocaleString('sv-SE');
}
