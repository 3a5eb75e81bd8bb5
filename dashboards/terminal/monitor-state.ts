import type { ColumnName } from './session-columns.ts';
import type { MonitorModel, MonitorSession } from './monitor-model.ts';

/** The views of the monitor. */
export type ViewName = 'aggregate' | 'sessions' | 'detail' | 'alerts' | 'help';

/** Sort orders of the list of sessions, in the order in which `o` cycles through them. */
export const sortOrders = ['usage', 'tokens', 'name', 'duration', 'activity', 'saved', 'cost'] as const;

/** A sort order. */
type SortOrder = (typeof sortOrders)[number];

/** The sort orders in the title of the first view. */
export const sortNames: Readonly<Record<SortOrder, string>> = {
  usage: 'Context Usage',
  tokens: 'Tokens',
  name: 'Name',
  duration: 'Duration',
  activity: 'Last Activity',
  saved: 'Tokens Saved',
  cost: 'Cost',
};

/** Text that the user is typing. */
interface Prompt {
  readonly kind: 'filter' | 'name' | 'columns';
  readonly text: string;
}

/** The state that keys change. */
export interface MonitorState {
  readonly view: ViewName;
  /** The view that `esc` returns to. */
  readonly cameFrom: ViewName;
  /** The selected session. */
  readonly selectedId?: string | undefined;
  /** Lists only sessions with this text in their id, name, project or model. */
  readonly filter: string;
  readonly sort: SortOrder;
  readonly isPaused: boolean;
  /** The columns of the rows. Default: all that fit, most useful first. */
  readonly columns?: readonly ColumnName[] | undefined;
  readonly prompt?: Prompt | undefined;
  /** Message about the last key. */
  readonly notice?: string | undefined;
}

/** The state at the start. */
export const initialState: MonitorState = {
  view: 'aggregate',
  cameFrom: 'aggregate',
  filter: '',
  sort: 'usage',
  isPaused: false,
};

/** Most sessions in the plain output. */
export const topCount = 5;

/** The sessions that a view lists, in its order: all of them, those with alerts, or those that match the filter. */
export function listedSessions(model: MonitorModel, state: MonitorState): readonly MonitorSession[] {
  if (state.view === 'alerts') return alertedSessions(model);
  const wanted = state.view === 'aggregate' ? '' : state.filter.toLowerCase();
  const found =
    wanted === '' ? model.sessions : model.sessions.filter((session) => textOf(session).includes(wanted));
  return state.sort === 'usage' ? found : found.toSorted(comparisons[state.sort]);
}

function alertedSessions({ sessions, alerts }: MonitorModel): readonly MonitorSession[] {
  const ids = new Set(alerts.map(({ sessionId }) => sessionId));
  return sessions.filter(({ id }) => ids.has(id));
}

function textOf({ id, label, name = '', project = '', model = '' }: MonitorSession): string {
  return `${id}\n${label}\n${name}\n${project}\n${model}`.toLowerCase();
}

type Comparison = (a: MonitorSession, b: MonitorSession) => number;

const comparisons: Readonly<Record<Exclude<SortOrder, 'usage'>, Comparison>> = {
  tokens: (a, b) => b.tokensUsed - a.tokensUsed,
  name: (a, b) => compared(a.label, b.label),
  duration: (a, b) => b.durationSeconds - a.durationSeconds,
  activity: (a, b) => (b.lastActivitySeconds ?? 0) - (a.lastActivitySeconds ?? 0),
  saved: (a, b) => b.tokensSaved - a.tokensSaved,
  cost: (a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0),
};

function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The session that keys act on: the selected one, or the first in the list. */
export function selectedSession(
  listed: readonly MonitorSession[],
  { selectedId }: MonitorState,
): MonitorSession | undefined {
  return listed.find(({ id }) => id === selectedId) ?? listed[0];
}
