/** The keys that the page and the monitor share, with their meanings. */
export const sharedKeys = {
  filter: ['/', 'filter by id, name, project or model'],
  select: ['↑ ↓, k j', 'select a session (g G: first, last)'],
  open: ['Enter', 'details of the selected session'],
  back: ['Esc', 'back; clears the filter'],
  sort: ['o', 'sort by the next column'],
  alerts: ['A', 'alerts'],
  pause: ['p', 'pause or resume'],
  silence: ['m', "silence the session's alerts for an hour, or end the silence"],
  name: ['n', 'name the session'],
  help: ['?', 'this help'],
} as const satisfies Readonly<Record<string, KeyMeaning>>;

/** Keys, and what they do. */
export type KeyMeaning = readonly [keys: string, meaning: string];
