import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptAlert } from '#answers';
import type { Server } from '../../dashboards/source/http-client.ts';
import type { AlertsArguments } from './arguments.ts';
import type { Notification } from '../receiver/desktop.ts';
import { greeting, notificationOf } from './desktop.ts';
import { alertLines, readInbox, watchdogWarning } from './inbox.ts';

/** What listing uses besides its arguments. */
export interface Listing {
  readonly receiver: Server;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Shows a desktop notification. */
  readonly notify: (shown: Notification) => Promise<void>;
  /** Ends following. Default: it never ends. */
  readonly signal?: AbortSignal | undefined;
}

type ListArguments = Extract<AlertsArguments, { command: 'list' }>;

const followMillis = 500;

/** Prints the newest alerts; with `follow`, also those that arrive, until the signal. */
export async function listAlerts(request: ListArguments, listing: Listing): Promise<void> {
  const { receiver, print, printError } = listing;
  const view = await readInbox(receiver);
  const warning = watchdogWarning(view, Date.now());
  if (warning !== undefined) printError(warning);
  if (request.desktop) await listing.notify(greeting);
  if (view.alerts.length === 0 && !request.json) print('No alerts yet.');
  printAlerts(view.alerts.slice(-request.limit), request, print);
  if (!request.follow) return;
  if (!request.json) printError('Following; Ctrl+C stops.');
  await follow(view.alerts.at(-1)?.id ?? 0, request, listing);
}

function printAlerts(alerts: readonly KeptAlert[], { json }: ListArguments, print: Listing['print']): void {
  for (const alert of alerts) {
    for (const line of json ? [JSON.stringify(alert)] : alertLines(alert)) print(line);
  }
}

/** Polls the inbox. Survives restarts of the receiver, which keeps counting ids. */
async function follow(after: number, request: ListArguments, listing: Listing): Promise<void> {
  const { receiver, print, notify, signal } = listing;
  let last = after;
  const isOver = () => signal?.aborted === true;
  while (!isOver()) {
    await sleep(followMillis, undefined, signal && { signal }).catch(() => undefined);
    const { alerts } = await readInbox(receiver, last).catch(() => ({ alerts: [] }));
    printAlerts(alerts, request, print);
    if (request.desktop) for (const alert of alerts) await notify(notificationOf(alert));
    last = alerts.at(-1)?.id ?? last;
  }
}
