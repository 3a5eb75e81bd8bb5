import type { InboxView, KeptAlert } from '#answers';
import type { DeliveredAlert } from './figures.ts';
import { ask, type Server } from './http-client.ts';

/** More than a screen has rows for. */
const mostShown = 100;
/** A receiver that hangs must not hold up the figures. */
const timeoutMillis = 2_000;

/** The newest alerts of the receiver's inbox, the newest first. Never throws: nothing where it does not answer. */
export async function deliveredAlerts(
  receiver: Server | undefined,
): Promise<readonly DeliveredAlert[] | undefined> {
  if (receiver === undefined) return undefined;
  try {
    const response = await ask(receiver, '/alerts', { signal: AbortSignal.timeout(timeoutMillis) });
    const { alerts } = (await response.json()) as InboxView;
    return alerts.slice(-mostShown).toReversed().map(deliveredAlert);
  } catch {
    return undefined;
  }
}

function deliveredAlert({ receivedAtMillis, status, name, severity, sessionId }: KeptAlert): DeliveredAlert {
  return { atMillis: receivedAtMillis, status, name, severity, sessionId: sessionId || undefined };
}
