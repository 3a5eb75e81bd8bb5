import type { InboxView, KeptAlert } from '#answers';
import type { DeliveredAlert } from './figures.ts';
import { fetchFrom, type Server } from './http-client.ts';

/** More than a screen can show. */
const mostShown = 100;
/** Short, so that a receiver that hangs does not delay the figures. */
const timeoutMillis = 2_000;

/**
 * Reads the newest alerts from the receiver's inbox. Never throws.
 *
 * @returns at most 100 alerts, newest first; `undefined` without a receiver, or if it does not answer
 */
export async function deliveredAlerts(
  receiver: Server | undefined,
): Promise<readonly DeliveredAlert[] | undefined> {
  if (receiver === undefined) return undefined;
  try {
    const response = await fetchFrom(receiver, '/alerts', { signal: AbortSignal.timeout(timeoutMillis) });
    const { alerts } = (await response.json()) as InboxView;
    return alerts.slice(-mostShown).toReversed().map(deliveredAlert);
  } catch {
    return undefined;
  }
}

function deliveredAlert({ receivedAtMillis, status, name, severity, sessionId }: KeptAlert): DeliveredAlert {
  return { atMillis: receivedAtMillis, status, name, severity, sessionId: sessionId || undefined };
}
