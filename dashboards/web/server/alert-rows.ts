import type { InboxView, KeptAlert } from '#answers';
import { activeAlerts, activeSilences, silencedSessionIds } from '../../source/alertmanager.ts';
import { fetchFrom, type Server } from '../../source/http-client.ts';
import { alertWords } from '../../text/alert-words.ts';
import { alertSeverity, severityRanks } from '../../text/severity.ts';
import { printable } from '../../text/text.ts';
import type { AlertRow, InboxRow, SilenceRow } from '../page-state.ts';

/** The inbox, and when it last received the watchdog alert, which always fires. */
export interface Inbox {
  readonly rows: readonly InboxRow[];
  readonly watchdogAtMillis: number | null;
}

const mostInboxRows = 100;

/** Reads the firing alerts: the most severe first, and the newest first within a severity. */
export async function readAlerts(alertmanager: Server, signal: AbortSignal): Promise<AlertRow[]> {
  const alerts = await activeAlerts(alertmanager, signal);
  const rows = alerts.map(({ name, severity, sessionId, summary, description, ...alert }): AlertRow => ({
    key: `${name} ${sessionId ?? ''} ${alert.startedAtMillis}`,
    name: alertWords(printable(name)),
    severity: alertSeverity(severity),
    sessionId,
    text: printable(description || summary || name),
    startedAtMillis: alert.startedAtMillis,
    isSilenced: alert.isSilenced,
  }));
  const rank = ({ severity }: AlertRow) => severityRanks[severity];
  return rows.toSorted((a, b) => rank(b) - rank(a) || b.startedAtMillis - a.startedAtMillis);
}

/** Reads the active silences. */
export async function readSilences(alertmanager: Server): Promise<SilenceRow[]> {
  const silences = await activeSilences(alertmanager);
  return silences.map((silence) => ({
    sessionId: silencedSessionIds(silence)[0],
    endsAtMillis: Date.parse(silence.endsAt),
  }));
}

/** Reads the newest 100 alerts that Alertmanager delivered to the inbox, newest first. */
export async function readInbox(receiver: Server, signal: AbortSignal): Promise<Inbox> {
  const response = await fetchFrom(receiver, '/alerts', { signal });
  const { alerts, watchdogAtMillis } = (await response.json()) as InboxView;
  return { rows: alerts.slice(-mostInboxRows).toReversed().map(inboxRow), watchdogAtMillis };
}

function inboxRow(alert: KeptAlert): InboxRow {
  const { id, status, name, severity, sessionId, summary, description, receivedAtMillis } = alert;
  return {
    key: String(id),
    status,
    name: alertWords(printable(name)),
    severity: alertSeverity(severity),
    sessionId: sessionId || undefined,
    text: printable(description || summary || name),
    receivedAtMillis,
  };
}
