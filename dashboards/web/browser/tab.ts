import { marks } from '../../text/severity.ts';
import type { SessionRow } from '../page-state.ts';

/** How many sessions need attention, by severity. */
export interface Worst {
  readonly critical: number;
  readonly warning: number;
}

/** Counts the critical and the warning sessions. */
export function worstOf(sessions: Iterable<SessionRow>): Worst {
  let [critical, warning] = [0, 0];
  for (const { severity } of sessions) {
    if (severity === 'critical') critical += 1;
    if (severity === 'warning') warning += 1;
  }
  return { critical, warning };
}

/** The tab's title, such as `✗2 ⚠1 Alerts · ctxd`. It starts with `?` while the figures cannot be trusted. */
export function titleOf({ critical, warning }: Worst, isBlind: boolean, place: string): string {
  const states = [
    isBlind ? '?' : '',
    critical > 0 ? `${marks.critical}${critical}` : '',
    warning > 0 ? `${marks.warning}${warning}` : '',
  ];
  return [...states, place === '' ? 'ctxd' : `${place} · ctxd`].filter(Boolean).join(' ');
}

const colours = { critical: '#d92d20', warning: '#b7791f', ok: '#5b6b7b', blind: '#8a8f98' };

/** The tab's icon: the colour and the mark of the worst state. */
export function iconOf({ critical, warning }: Worst, isBlind: boolean): string {
  const state = isBlind ? 'blind' : critical > 0 ? 'critical' : warning > 0 ? 'warning' : 'ok';
  const mark = { blind: '?', critical: '×', warning: '!', ok: '' }[state];
  const ring = `<circle cx="16" cy="16" r="14" fill="${colours[state]}"/>`;
  const text = `<text x="16" y="23" font-family="sans-serif" font-weight="700" font-size="20" text-anchor="middle" fill="#fff">${mark}</text>`;
  const dot = state === 'ok' ? '<circle cx="16" cy="16" r="6" fill="#fff"/>' : text;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${ring}${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Updates the tab's title and icon. */
export function showInTab(worst: Worst, isBlind: boolean, place: string): void {
  document.title = titleOf(worst, isBlind, place);
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = iconOf(worst, isBlind);
  if (icon !== null && icon.href !== href) icon.href = href;
}
