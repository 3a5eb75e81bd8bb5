import type { MonitorModel, MonitorSession } from './monitor-model.ts';

/** What the monitor can show. */
export type ViewName = 'aggregate' | 'sessions' | 'detail' | 'alerts' | 'help';

/** What the list of sessions can be sorted by, in the order in which `o` goes through them. */
export const sortOrders = ['usage', 'tokens', 'name', 'duration', 'activity', 'saved'] as const;

/** One of the orders of the list. */
type SortOrder = (typeof sortOrders)[number];

/** A line of text that is being typed. */
interface Prompt {
  readonly kind: 'filter' | 'name';
  readonly text: string;
}

/** Everything that keys change. */
export interface MonitorState {
  readonly view: ViewName;
  /** Where `esc` goes. */
  readonly cameFrom: ViewName;
  /** The session that keys act on. */
  readonly selectedId?: string | undefined;
  /** Only sessions with this in their id, name, project or model are listed. */
  readonly filter: string;
  readonly sort: SortOrder;
  readonly isPaused: boolean;
  readonly prompt?: Prompt | undefined;
  /** What came of the last key, for people. */
  readonly notice?: string | undefined;
}

/** How the monitor starts. */
export const initialState: MonitorState = {
  view: 'aggregate',
  cameFrom: 'aggregate',
  filter: '',
  sort: 'usage',
  isPaused: false,
};

/** Number of sessions that the aggregate view shows. */
export const topCount = 5;

/** The sessions that a view lists, in its order: the top ones, or all that the filter lets through. */
export function listedSessions(model: MonitorModel, state: MonitorState): readonly MonitorSession[] {
  if (state.view === 'aggregate') return model.sessions.slice(0, topCount);
  if (state.view === 'alerts') return alertedSessions(model);
  const wanted = state.filter.toLowerCase();
  const found =
    wanted === '' ? model.sessions : model.sessions.filter((session) => textOf(session).includes(wanted));
  return state.sort === 'usage' ? found : found.toSorted(comparisons[state.sort]);
}

function alertedSessions({ sessions, alerts }: MonitorModel): readonly MonitorSession[] {
  const ids = new Set(alerts.map(({ sessionId }) => sessionId));
  return sessions.filter(({ id }) => ids.has(id));
}

function textOf({ id, name = '', project = '', model = '' }: MonitorSession): string {
  return `${id}\n${name}\n${project}\n${model}`.toLowerCase();
}

type Comparison = (a: MonitorSession, b: MonitorSession) => number;

const comparisons: Readonly<Record<Exclude<SortOrder, 'usage'>, Comparison>> = {
  tokens: (a, b) => b.tokensUsed - a.tokensUsed,
  name: (a, b) => compared(a.name ?? a.id, b.name ?? b.id),
  duration: (a, b) => b.durationSeconds - a.durationSeconds,
  activity: (a, b) => (b.lastActivitySeconds ?? 0) - (a.lastActivitySeconds ?? 0),
  saved: (a, b) => b.tokensSaved - a.tokensSaved,
};

function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The session that keys act on: the selected one, else the first of the list. */
export function selectedSession(
  listed: readonly MonitorSession[],
  { selectedId }: MonitorState,
): MonitorSession | undefined {
  return listed.find(({ id }) => id === selectedId) ?? listed[0];
}
