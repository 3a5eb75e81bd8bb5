import { standingText, stepText } from '../../text/advice.ts';
import { marks, severityRanks } from '../../text/severity.ts';
import type { SessionRow } from '../page-state.ts';

/** Whether the user can still be asked for permission to notify. */
export function mayAsk(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'default';
}

/** Asks the user for permission to notify. */
export async function askToNotify(): Promise<void> {
  await Notification.requestPermission();
}

/** Notifies about sessions whose state got worse. Tabs use the same tags, so several tabs show one notification. */
export function notifyOfWorse(
  before: ReadonlyMap<string, SessionRow>,
  after: ReadonlyMap<string, SessionRow>,
  silencedIds: ReadonlySet<string>,
): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || before === after) return;
  for (const row of after.values()) {
    const known = before.get(row.id);
    if (known === undefined || severityRanks[row.severity] <= severityRanks[known.severity]) continue;
    if (silencedIds.has(row.id)) continue;
    const notification = new Notification(`${marks[row.severity]} ${row.label} ${standingText(row)}`, {
      body: stepText(row),
      tag: `${row.id} ${row.severity}`,
    });
    notification.addEventListener('click', () => {
      focus();
      location.hash = `#/session/${encodeURIComponent(row.id)}`;
    });
  }
}
