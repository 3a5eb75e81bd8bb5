import { changed, type PageChange, type PageFields, type PageState } from '../page-state.ts';

/** The page's data, and how current it is. */
export interface LiveState extends PageState {
  /** Whether any figures have arrived. */
  readonly hasFigures: boolean;
  readonly isConnected: boolean;
  readonly isPaused: boolean;
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  readonly clockAheadMillis: number;
}

const noFields: PageFields = {
  thresholds: { warning: { percent: Infinity }, critical: { percent: Infinity } },
  newestSampleSeconds: undefined,
  blindness: undefined,
  waiting: [],
  rateLimits: [],
  alerts: [],
  silences: [],
  inbox: [],
  parts: [],
  healthSentence: '',
  fullest: [],
};

let state: LiveState = {
  fields: noFields,
  sessions: new Map(),
  hasFigures: false,
  isConnected: true,
  isPaused: false,
  clockAheadMillis: 0,
};
let token = '';
const hasToken = Promise.withResolvers<void>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const retryMillis = 2_000;

/** The current state. */
export const current = (): LiveState => state;

/** Calls a listener after each change. Returns a function that stops it. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Connects to the receiver, and reconnects after a failure. */
export function connect(): void {
  clearTimeout(retry);
  source?.close();
  source = new EventSource('/page/events');
  source.addEventListener('token', ({ data }: MessageEvent<string>) => {
    token = data;
    hasToken.resolve();
  });
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const change = JSON.parse(data) as PageChange;
    if (state.isPaused && !change.isWhole) return;
    const clockAheadMillis = Date.now() - change.atMillis;
    show({ ...state, ...changed(state, change), hasFigures: true, isConnected: true, clockAheadMillis });
  });
  source.addEventListener('error', () => {
    source?.close();
    if (state.isConnected) show({ ...state, isConnected: false });
    retry = setTimeout(connect, retryMillis);
  });
}

/** Pauses or resumes live updates. */
export function pause(isPaused: boolean): void {
  show({ ...state, isPaused });
  if (!isPaused) connect();
}

/**
 * Sends a change to the receiver, as soon as the page has its token.
 *
 * @throws Error with a readable message
 */
export async function post(path: string, body: Readonly<Record<string, string>>): Promise<void> {
  await hasToken.promise;
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-ctxd-token': token },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await refusalOf(response));
}

/**
 * Reads data from the receiver.
 *
 * @throws Error with a readable message
 */
export async function read<Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${path}?${new URLSearchParams(query).toString()}`);
  if (!response.ok) throw new Error(await refusalOf(response));
  return (await response.json()) as Answer;
}

async function refusalOf(response: Response): Promise<string> {
  const { error } = (await response.json().catch(() => ({}))) as { error?: string | { message: string } };
  return (
    (typeof error === 'string' ? error : error?.message) ??
    `The receiver responded with status ${response.status}`
  );
}

function show(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}
