import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { durationShown } from '../../text/quantity.ts';
import type { SessionRow } from '../page-state.ts';
import { press } from './keys.ts';
import { type LiveState, pause } from './live-state.ts';
import { onNotice } from './notice.ts';
import { askToNotify, mayAsk, notifyOfWorse } from './notifications.ts';
import { type Route, sessionAddress, useRoute } from './route.ts';
import { listed, type SortOrder, sortOrders, type Sorting } from './session-order.ts';
import { showInTab, worstOf } from './tab.ts';
import { blindnessNow, useLive, useNowSeconds } from './use-live.ts';
import { Alerts } from './views/alerts.tsx';
import { Health } from './views/health.tsx';
import { Help } from './views/help.tsx';
import { Overview } from './views/overview.tsx';
import { Past } from './views/past.tsx';
import { Session } from './views/session.tsx';
import { copyResume, toggleSilence } from './views/session-actions.tsx';

/** The whole page. */
export function App() {
  const live = useLive();
  const route = useRoute();
  const nowSeconds = useNowSeconds(live);
  const [search, setSearch] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ by: 'usage', isReversed: false });
  const [selectedId, setSelectedId] = useState<string>();
  const help = useRef<HTMLDialogElement>(null);
  const rows = useMemo(
    () => listed(live.sessions.values(), search, sorting),
    [live.sessions, search, sorting],
  );
  useKeys({ live, route, rows, selectedId, setSelectedId, search, setSearch, sorting, setSorting, help });
  useTab(live, route);
  useFirstFigures(live);
  const blindness = blindnessNow(live);
  const sort = (by: SortOrder) => setSorting({ by, isReversed: by === sorting.by && !sorting.isReversed });
  const overview = { live, rows, search, onSearch: setSearch, sorting, onSort: sort, selectedId, nowSeconds };
  return (
    <>
      <Header live={live} route={route} nowSeconds={nowSeconds} onHelp={() => help.current?.showModal()} />
      {blindness !== undefined && (live.hasFigures || !live.isConnected) && (
        <Blind live={live} nowSeconds={nowSeconds} />
      )}
      <main class={blindness === undefined || route.view === 'health' ? '' : 'dimmed'}>
        {route.view === 'overview' && <Overview {...overview} />}
        {route.view === 'session' && (
          <Session
            key={route.id}
            id={route.id}
            span={route.span}
            onSpan={(span) => (location.hash = sessionAddress(route.id, span))}
            live={live}
          />
        )}
        {route.view === 'past' && <Past />}
        {route.view === 'alerts' && <Alerts live={live} nowSeconds={nowSeconds} />}
        {route.view === 'health' && <Health live={live} nowSeconds={nowSeconds} />}
      </main>
      <Notice />
      <Help dialog={help} />
    </>
  );
}

const places = [
  ['overview', '#/', 'Sessions'],
  ['past', '#/past', 'Past'],
  ['alerts', '#/alerts', 'Alerts'],
  ['health', '#/health', 'Health'],
] as const;

/** The place that a route belongs to: a past session to the past, a live one to the sessions. */
function placeOf(route: Route): string {
  if (route.view !== 'session') return route.view;
  return route.span === undefined ? 'overview' : 'past';
}

interface HeaderProps {
  readonly live: LiveState;
  readonly route: Route;
  readonly nowSeconds: number;
  readonly onHelp: () => void;
}

function Header({ live, route, nowSeconds, onHelp }: HeaderProps) {
  const { alerts, newestSampleSeconds } = live.fields;
  const [canAsk, setCanAsk] = useState(mayAsk);
  const isBlind = blindnessNow(live) !== undefined;
  const isWell = !isBlind && live.fields.parts.every(({ isUp }) => isUp);
  const notes: Readonly<Record<string, string>> = {
    alerts: alerts.length === 0 ? '' : String(alerts.length),
    health: !live.hasFigures ? '' : isWell ? '✓' : '✗',
  };
  const age = newestSampleSeconds === undefined ? undefined : Math.max(0, nowSeconds - newestSampleSeconds);
  return (
    <header class="top">
      <a class="word" href="#/">
        ctxd
      </a>
      <nav aria-label="Pages">
        {places.map(([view, address, title]) => (
          <a key={view} href={address} aria-current={placeOf(route) === view ? 'page' : undefined}>
            {title}
            {notes[view] && <span class="count"> {notes[view]}</span>}
          </a>
        ))}
      </nav>
      <p class="age quiet">
        {live.isPaused ? 'paused' : age === undefined ? '' : isBlind ? `${durationShown(age)} old` : 'live'}
      </p>
      {canAsk && (
        <button
          type="button"
          class="notify"
          onClick={() => void askToNotify().then(() => setCanAsk(mayAsk()))}
        >
          Notify me
        </button>
      )}
      <button type="button" aria-label="Keys" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}

function Blind({ live, nowSeconds }: { live: LiveState; nowSeconds: number }) {
  const blindness = blindnessNow(live);
  const { newestSampleSeconds } = live.fields;
  const last =
    newestSampleSeconds === undefined || live.sessions.size === 0
      ? ''
      : `The dimmed figures below are ${durationShown(nowSeconds - newestSampleSeconds)} old.`;
  return (
    <div class="blind" role="alert">
      <p>
        <strong>{blindness?.sentence}</strong> {last}
      </p>
      <p class="quiet">{blindness?.remedy}</p>
    </div>
  );
}

const noticeMillis = 5_000;

function Notice() {
  const [sentence, setSentence] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onNotice((next) => {
      setSentence(next);
      clearTimeout(timer);
      timer = setTimeout(() => setSentence(''), noticeMillis);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return (
    <p class="notice" role="status" hidden={sentence === ''}>
      {sentence}
    </p>
  );
}

/** Marks when the first figures were drawn, for performance measurements. */
function useFirstFigures({ sessions }: LiveState): void {
  const isThere = sessions.size > 0;
  useEffect(() => {
    if (isThere) requestAnimationFrame(() => void performance.mark('figures'));
  }, [isThere]);
}

function useTab(live: LiveState, route: Route): void {
  const before = useRef(live.sessions);
  const worst = useMemo(() => worstOf(live.sessions.values()), [live.sessions]);
  const isBlind = blindnessNow(live) !== undefined;
  const place =
    route.view === 'session'
      ? (live.sessions.get(route.id)?.label ?? 'Session')
      : { overview: '', past: 'Past', alerts: 'Alerts', health: 'Health' }[route.view];
  useEffect(() => showInTab(worst, isBlind, place), [worst.critical, worst.warning, isBlind, place]);
  useEffect(() => {
    const silenced = new Set(live.fields.silences.flatMap(({ sessionId }) => sessionId ?? []));
    notifyOfWorse(before.current, live.sessions, silenced);
    before.current = live.sessions;
  }, [live.sessions]);
}

interface KeyContext {
  readonly live: LiveState;
  readonly route: Route;
  readonly rows: readonly SessionRow[];
  readonly selectedId: string | undefined;
  readonly setSelectedId: (id: string | undefined) => void;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly sorting: Sorting;
  readonly setSorting: (sorting: Sorting) => void;
  readonly help: { readonly current: HTMLDialogElement | null };
}

function useKeys(context: KeyContext): void {
  const latest = useRef(context);
  latest.current = context;
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event, actionsOn(latest.current));
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}

function actionsOn(context: KeyContext) {
  const { live, route, rows, selectedId, sorting } = context;
  const id = route.view === 'session' ? route.id : selectedId;
  const go = (address: string) => void (location.hash = address);
  return {
    search: () => {
      const focus = () => document.getElementById('search')?.focus();
      // Focus right away, so that the next characters go into the search field.
      if (route.view === 'overview') return focus();
      go('#/');
      return requestAnimationFrame(focus);
    },
    select: (step: number) => {
      const index = rows.findIndex((row) => row.id === selectedId);
      const next =
        index === -1 && Number.isFinite(step) ? 0 : Math.min(rows.length - 1, Math.max(0, index + step));
      context.setSelectedId(rows[next]?.id);
    },
    open: () => {
      if (route.view === 'overview' && selectedId !== undefined) go(sessionAddress(selectedId));
    },
    back: () => {
      if (route.view !== 'overview') go('#/');
      else if (context.search === '') context.setSelectedId(undefined);
      else context.setSearch('');
    },
    go,
    sort: () => {
      const next = sortOrders[(sortOrders.indexOf(sorting.by) + 1) % sortOrders.length] ?? 'usage';
      context.setSorting({ by: next, isReversed: false });
    },
    pause: () => pause(!live.isPaused),
    name: () => {
      if (route.view !== 'session' && id !== undefined) go(sessionAddress(id));
      if (id !== undefined) requestAnimationFrame(() => document.getElementById('name-session')?.click());
    },
    silence: () => void (id !== undefined && toggleSilence(id, live.fields.silences)),
    copy: () => void (id !== undefined && copyResume(id)),
    help: () => context.help.current?.showModal(),
  };
}
