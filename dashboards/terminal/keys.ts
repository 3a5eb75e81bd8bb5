import type { MonitorSession } from './monitor-model.ts';
import { type MonitorState, selectedSession, sortOrders, type ViewName } from './monitor-state.ts';
import { columnNames, columnsFrom } from './session-columns.ts';
import { type KeyMeaning, sharedKeys } from '../text/keys.ts';
import { printable } from '../text/text.ts';

/** An action outside the screen that a key triggers. */
export type Effect =
  | { readonly kind: 'quit' | 'refresh' }
  | { readonly kind: 'silence'; readonly session: Pick<MonitorSession, 'id' | 'label'> }
  | { readonly kind: 'rename'; readonly sessionId: string; readonly name: string };

/** The result of a key. */
export interface Pressed {
  readonly state: MonitorState;
  readonly effect?: Effect;
}

const { filter, select, open, back: goBack, alerts, pause, silence, name, help } = sharedKeys;

/** The keys and their meaning, for the help. */
export const keyHelp: readonly KeyMeaning[] = [
  ['q, Ctrl-C', 'quit'],
  ['r', 'refresh now'],
  ['a', 'aggregate and top sessions'],
  ['s', 'all sessions'],
  alerts,
  ['Tab', 'next view'],
  ['Mouse', 'a click selects, another opens; the wheel scrolls'],
  select,
  open,
  goBack,
  filter,
  ['o', `sort by ${sortOrders.slice(0, 4).join(', ')}, …`],
  ['c', 'choose the columns'],
  pause,
  silence,
  name,
  help,
];

/** Sessions that a page key skips. */
const pageSize = 10;
/** Sessions that a step of the mouse wheel skips. */
const wheelSize = 3;

/** The name of a key (`up`, `enter`, …) or the typed character. */
export type Key = string;

/**
 * Handles a key.
 *
 * @param listed the sessions that the view lists
 */
export function press(state: MonitorState, key: Key, listed: readonly MonitorSession[]): Pressed {
  if (key === 'ctrl-c') return { state, effect: { kind: 'quit' } };
  const quiet = { ...state, notice: undefined };
  if (quiet.prompt !== undefined) return typed(quiet, key, listed);
  return bindings[key]?.(quiet, listed) ?? { state: quiet };
}

/** Handles a click on a session: it selects it, and a click on the selected one shows its details. */
export function click(state: MonitorState, sessionId: string): MonitorState {
  if (state.prompt !== undefined) return state;
  const isChosen = state.selectedId === sessionId;
  return { ...state, notice: undefined, selectedId: sessionId, ...(isChosen && { view: 'detail' }) };
}

type Binding = (state: MonitorState, listed: readonly MonitorSession[]) => Pressed;

const move =
  (step: number): Binding =>
  (state, listed) => ({ state: { ...state, ...moved(state, listed, step) } });
const show =
  (view: ViewName): Binding =>
  (state) => ({ state: { ...state, view, cameFrom: view } });

const up = move(-1);
const down = move(1);
const bindings: Readonly<Record<Key, Binding>> = {
  q: (state) => ({ state, effect: { kind: 'quit' } }),
  r: (state) => ({ state, effect: { kind: 'refresh' } }),
  a: show('aggregate'),
  s: show('sessions'),
  A: show('alerts'),
  tab: (state, listed) => show(nextView(state))(state, listed),
  '?': (state) => ({ state: { ...state, view: 'help' } }),
  up,
  k: up,
  down,
  j: down,
  pageup: move(-pageSize),
  pagedown: move(pageSize),
  g: move(-Infinity),
  home: move(-Infinity),
  G: move(Infinity),
  end: move(Infinity),
  wheelup: move(-wheelSize),
  wheeldown: move(wheelSize),
  enter: (state, listed) =>
    onSelected(state, listed, ({ id }) => ({ state: { ...state, view: 'detail', selectedId: id } })),
  escape: (state) => ({ state: back(state) }),
  '/': (state) => ({
    state: {
      ...state,
      view: 'sessions',
      cameFrom: 'sessions',
      prompt: { kind: 'filter', text: state.filter },
    },
  }),
  o: (state) => ({ state: { ...state, sort: next(sortOrders, state.sort) } }),
  c: (state) => ({ state: { ...state, prompt: { kind: 'columns', text: columnsText(state) } } }),
  p: (state) => ({ state: { ...state, isPaused: !state.isPaused } }),
  m: (state, listed) =>
    onSelected(state, listed, (session) => ({ state, effect: { kind: 'silence', session } })),
  n: (state, listed) =>
    onSelected(state, listed, ({ id }) => ({
      state: { ...state, selectedId: id, prompt: { kind: 'name', text: '' } },
    })),
};

function typed(state: MonitorState, key: Key, listed: readonly MonitorSession[]): Pressed {
  const prompt = state.prompt!;
  if (key === 'escape') {
    return { state: { ...state, prompt: undefined, ...(prompt.kind === 'filter' && { filter: '' }) } };
  }
  if (key === 'enter') return accepted(state, prompt.text.trim(), listed);
  const text = key === 'backspace' ? prompt.text.slice(0, -1) : prompt.text + letterOf(key);
  return {
    state: { ...state, prompt: { ...prompt, text }, ...(prompt.kind === 'filter' && { filter: text }) },
  };
}

function accepted(state: MonitorState, text: string, listed: readonly MonitorSession[]): Pressed {
  const done = { ...state, prompt: undefined };
  if (state.prompt?.kind === 'columns') return { state: { ...done, ...chosenColumns(text) } };
  if (state.prompt?.kind === 'filter' || text === '') return { state: done };
  const session = selectedSession(listed, state);
  if (session === undefined) return { state: done };
  return { state: done, effect: { kind: 'rename', sessionId: session.id, name: text } };
}

function columnsText({ columns }: MonitorState): string {
  return (columns ?? columnNames).join(' ');
}

/** An empty text stands for the default. */
function chosenColumns(text: string): Partial<MonitorState> {
  const read = columnsFrom(text);
  if ('unknown' in read) return { notice: `No column ${read.unknown}. There are ${columnNames.join(', ')}` };
  return { columns: text === '' ? undefined : read.names };
}

/** Named keys such as `up` type nothing. */
function letterOf(key: Key): string {
  return Array.from(key).length === 1 ? printable(key) : '';
}

function moved(state: MonitorState, listed: readonly MonitorSession[], step: number): Partial<MonitorState> {
  if (state.view === 'detail' || listed.length === 0) return {};
  const index = listed.findIndex(({ id }) => id === state.selectedId);
  // Only the aggregate view starts without a selection.
  const current = index === -1 && state.view !== 'aggregate' ? 0 : index;
  return { selectedId: listed[Math.min(listed.length - 1, Math.max(0, current + step))]?.id };
}

function back(state: MonitorState): MonitorState {
  if (state.view === 'detail' || state.view === 'help') return { ...state, view: state.cameFrom };
  if (state.filter !== '') return { ...state, filter: '' };
  return { ...state, view: 'aggregate', cameFrom: 'aggregate' };
}

function onSelected(
  state: MonitorState,
  listed: readonly MonitorSession[],
  act: (session: MonitorSession) => Pressed,
): Pressed {
  const session = selectedSession(listed, state);
  return session === undefined ? { state: { ...state, notice: 'No session selected' } } : act(session);
}

function nextView({ view }: MonitorState): ViewName {
  const views: readonly ViewName[] = ['aggregate', 'sessions', 'alerts'];
  return next(views, view);
}

function next<T>(all: readonly T[], current: T): T {
  return all[(all.indexOf(current) + 1) % all.length] ?? current;
}
