import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { portsFrom } from '../../compose/ports.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { sharedPath } from '../../compose/runtime/state.ts';
import { type KoaApp, startKoaApp } from '../koa-app.ts';
import type { StackCommands } from '../stack-commands.ts';
import { openDoor } from './counted-door.ts';

/** Sessions that report to the receiver, and sessions of an application; each reports once a second. */
export const receiverSessions = 50;
export const applicationSessions = 20;

/** The reports of 70 sessions, and what was acknowledged of them. */
export interface Load extends AsyncDisposable {
  readonly app: KoaApp;
  /** Starts 70 new sessions whose ids begin with `name`, in place of the former ones. */
  readonly begin: (name: string) => void;
  /** Stops reporting; the sessions stay. */
  readonly pause: () => Promise<void>;
  /** Ends the sessions, and other ones of the application. */
  readonly end: (others: readonly string[]) => Promise<void>;
  /** Data points of the application's sessions that the collector acknowledged, by id and time. */
  readonly samples: (name: string) => readonly string[];
  /** Reports that the receiver acknowledged since the sessions began. */
  readonly reports: () => number;
}

/** Starts an application that exports to the collector of a stack. */
export async function startLoad({ env, stateDir }: StackCommands): Promise<Load> {
  const ports = portsFrom(env);
  const receiver = { url: urlOf('receiver', ports), token: () => secretOf(stateDir, 'receiverToken') };
  await using cleanup = new AsyncDisposableStack();
  const door = cleanup.use(
    await openDoor(urlOf('collector', ports), () => secretOf(stateDir, 'collectorToken')),
  );
  const app = cleanup.use(await startKoaApp(door.url));
  let running: { readonly stop: AbortController; readonly over: Promise<unknown> } | undefined;
  let ids: string[] = [];
  let acknowledged = 0;
  const pause = async () => {
    running?.stop.abort();
    await running?.over;
    running = undefined;
  };
  const begin = (name: string) => {
    const stop = new AbortController();
    acknowledged = 0;
    const of = (kind: string, count: number) =>
      Array.from({ length: count }, (_, n) => `${name}-${kind}-${n}`);
    ids = [...of('app', applicationSessions), ...of('claude', receiverSessions)];
    const tasks = ids.map(async (id, index) => {
      await sleep((index * 1_000) / ids.length, undefined, { signal: stop.signal }).catch(() => undefined);
      for (let tokens = 1_000; !stop.signal.aborted; tokens += 1) {
        const next = sleep(1_000, undefined, { signal: stop.signal }).catch(() => undefined);
        // A report that the application does not take is not exported, and so not expected.
        if (index < applicationSessions) await app.send(id, { tokens }).catch(() => undefined);
        else if (await reportOnce(receiver, id, tokens)) acknowledged += 1;
        await next;
      }
    });
    running = { stop, over: Promise.all(tasks) };
  };
  const end = async (others: readonly string[]) => {
    await pause();
    for (const id of [...others, ...ids.slice(0, applicationSessions)])
      await app.send(id, { end: true }).catch(() => undefined);
    await Promise.all(ids.slice(applicationSessions).map((id) => send(receiver, `/v1/sessions/${id}`)));
    ids = [];
  };
  cleanup.defer(pause);
  const kept = cleanup.move();
  return {
    app,
    begin,
    pause,
    end,
    samples: (name) =>
      [...door.acknowledged]
        .filter(([id]) => id.startsWith(`${name}-app-`))
        .flatMap(([id, times]) => Array.from(times, (millis) => `${id} at ${millis}`)),
    reports: () => acknowledged,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Reports usage, and a checkpoint, whose counter tells how many reports arrived. Returns whether it was acknowledged. */
async function reportOnce(receiver: Receiver, id: string, tokensUsed: number): Promise<boolean> {
  const session = `/v1/sessions/${id}`;
  if (!(await send(receiver, `${session}/usage`, { tokensUsed, windowTokens: 200_000 }))) return false;
  return await send(receiver, `${session}/checkpoints`, { tokensSaved: 1 });
}

interface Receiver {
  readonly url: string;
  readonly token: () => Promise<string>;
}

/** A secret as it is now. */
const secretOf = async (stateDir: string, name: 'receiverToken' | 'collectorToken') =>
  (await readFile(sharedPath(stateDir, name), 'utf8').catch(() => '')).trim();

async function send({ url, token }: Receiver, path: string, body?: object): Promise<boolean> {
  try {
    const response = await fetch(url + path, {
      method: body === undefined ? 'DELETE' : 'POST',
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
