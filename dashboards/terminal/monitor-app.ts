import { Box, type Key as InkKey, Text, useApp, useInput, useWindowSize } from 'ink';
import {
  createElement,
  type ReactElement,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { MonitorSource } from '../source/figures.ts';
import { frame } from './frame.ts';
import { click, type Effect, type Key, press } from './keys.ts';
import { type Line, merged, type Tone } from './line.ts';
import { MonitorFeed } from './monitor-feed.ts';
import type { MonitorSession } from './monitor-model.ts';
import { useMouse } from './mouse.ts';
import { initialState, listedSessions, type MonitorState } from './monitor-state.ts';
import type { Scene, ScreenSize } from './scene.ts';
import { statusOf } from './status.ts';
import { toAscii } from '../text/text.ts';
import { topSessions } from './views/aggregate.ts';
import { visibleSessions } from './views/sessions.ts';

/** Actions of the monitor outside the screen. Each throws an Error with a sentence for people. */
export interface MonitorActions {
  /** Silences the alerts of a session, or ends its silence. Returns a sentence that says which. */
  readonly silence: (session: Pick<MonitorSession, 'id' | 'label'>) => Promise<string>;
  /** Gives a session a name. */
  readonly rename: (sessionId: string, name: string) => Promise<void>;
  /** Sessions whose alerts are silenced. */
  readonly silencedIds: () => Promise<ReadonlySet<string>>;
}

/** Properties of {@link MonitorApp}. */
export interface MonitorProps {
  readonly feed: MonitorFeed;
  readonly source: MonitorSource;
  readonly actions: MonitorActions;
  readonly intervalSeconds: number;
  /** Whether the terminal shows ASCII only. */
  readonly isAscii: boolean;
  /** Default: the aggregate view. */
  readonly startWith?: Partial<MonitorState>;
  /** Default: the terminal's. */
  readonly size?: ScreenSize;
}

/** The monitor on the screen. */
export function MonitorApp(props: MonitorProps): ReactElement {
  const { feed, source, isAscii } = props;
  const { exit } = useApp();
  const feedState = useSyncExternalStore(feed.subscribe, feed.current);
  const [state, latest, setState] = useLatest<MonitorState>({ ...initialState, ...props.startWith });
  const [silencedIds, setSilencedIds] = useState<ReadonlySet<string>>(new Set());
  const terminal = useWindowSize();
  const nowMillis = useClock(source.now);
  const listed = useMemo(
    () => listedSessions(feedState.model, state),
    [feedState.model, state.view, state.filter, state.sort],
  );
  const scene: Scene = {
    ...feedState,
    thresholds: feed.thresholds,
    status: statusOf(feedState.condition, nowMillis),
    state,
    listed,
    silencedIds,
    intervalSeconds: props.intervalSeconds,
    nowMillis,
    size: props.size ?? terminal,
  };
  useWatch(feed, scene);
  useEffect(() => feed.pause(state.isPaused), [feed, state.isPaused]);
  const readSilences = () => void props.actions.silencedIds().then(setSilencedIds, () => undefined);
  useEffect(readSilences, [feedState.model, props.actions]);
  const say = (notice: string | undefined) => setState({ ...latest.current, notice });
  const lines = frame(scene);
  const pressAll = (keys: readonly Key[]) => {
    let next = latest.current;
    for (const key of keys) {
      const pressed = press(next, key, listedSessions(feedState.model, next));
      next = pressed.state;
      if (pressed.effect?.kind === 'quit') return exit();
      if (pressed.effect !== undefined) void perform(pressed.effect, props).then(say).then(readSilences);
    }
    return setState(next);
  };
  useMouse((event) => {
    if ('key' in event) return pressAll([event.key]);
    const sessionId = lines[event.row]?.find((piece) => piece.sessionId !== undefined)?.sessionId;
    if (sessionId !== undefined) setState(click(latest.current, sessionId));
  });
  useInput((input, inkKey) => pressAll(keysOf(input, inkKey)));
  return screen(lines, isAscii);
}

/** State that is readable before React renders it, because keys can arrive faster than frames. */
function useLatest<T>(initial: T): readonly [state: T, latest: RefObject<T>, setState: (next: T) => void] {
  const [state, setState] = useState(initial);
  const latest = useRef(initial);
  const change = (next: T) => {
    latest.current = next;
    setState(next);
  };
  return [state, latest, change];
}

/** The current time of the source. Updates every second, so that ages grow. */
function useClock(now: () => number): number {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now();
}

/** Loads the history of the sessions on screen. */
function useWatch(feed: MonitorFeed, scene: Scene): void {
  const { state } = scene;
  const shown = {
    aggregate: topSessions,
    sessions: visibleSessions,
    alerts: alerted,
    detail: none,
    help: none,
  };
  const ids = shown[state.view](scene).map(({ id }) => id);
  const detailId = state.view === 'detail' ? state.selectedId : undefined;
  const sessionIds = detailId === undefined ? ids : [detailId];
  useEffect(() => void feed.watch({ sessionIds, detailId }), [feed, sessionIds.join('\n'), detailId]);
}

/** The alerts say when a session is full. */
const alerted = ({ listed, size }: Scene) => listed.slice(0, size.rows);
const none = (): readonly MonitorSession[] => [];

/** Performs the action of a key. Returns the notice to show. */
async function perform(effect: Effect, { feed, actions }: MonitorProps): Promise<string | undefined> {
  try {
    if (effect.kind === 'silence') return await actions.silence(effect.session);
    if (effect.kind === 'rename') {
      await actions.rename(effect.sessionId, effect.name);
      return `Named ${effect.name}`;
    }
    await feed.refresh();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const names = {
  upArrow: 'up',
  downArrow: 'down',
  pageUp: 'pageup',
  pageDown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'enter',
  escape: 'escape',
  tab: 'tab',
  backspace: 'backspace',
  delete: 'backspace',
} as const;

/** Keys that arrive as characters when they arrive together with others. */
const characters: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007F': 'backspace',
  '\u0003': 'ctrl-c',
};

/** The keys of one input: a named key, or each character if text was pasted or typed fast. */
function keysOf(input: string, key: InkKey): Key[] {
  if (key.ctrl) return input === 'c' ? ['ctrl-c'] : [];
  const named = Object.entries(names).find(([name]) => key[name as keyof typeof names]);
  if (named !== undefined) return [named[1]];
  return Array.from(input, (character) => characters[character] ?? character);
}

const styles: Readonly<Record<Tone, object>> = {
  plain: {},
  ok: { color: 'green' },
  warning: { color: 'yellow' },
  critical: { color: 'red', bold: true },
  quiet: { dimColor: true },
  strong: { bold: true },
  selected: { inverse: true },
};

function screen(lines: readonly Line[], isAscii: boolean): ReactElement {
  const drawn = lines.map((pieces, row) =>
    createElement(
      Text,
      { key: row, wrap: 'truncate' },
      ...merged(pieces).map(({ text, tone, isSelected }, index) =>
        createElement(
          Text,
          { key: index, ...styles[tone], ...(isSelected && styles.selected) },
          isAscii ? toAscii(text) : text,
        ),
      ),
    ),
  );
  return createElement(Box, { flexDirection: 'column' }, ...drawn);
}
