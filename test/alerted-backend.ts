import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';
import { type Backend, startBackend } from './backend.ts';
import { courseOf, expectCourse, sortedFrom } from './delivered-alerts.ts';
import { type KoaApp, startKoaApp } from './koa-app.ts';

/** The notifications of a session that crosses the critical threshold and falls below it again. */
export const firing = 'ContextWindowCritical firing';
export const resolved = 'ContextWindowCritical resolved';

/** A session far below both thresholds after a checkpoint. */
export const saved = { tokens: 20_000, saved: 170_000 };

/** The notifications of a session that crosses one threshold after the other. */
const steady = ['ContextWindowWarning firing', firing];
/** How long vmalert may take to send alerts that it could not send before. */
const resentMillis = 16_000;

/**
 * The real parts with two sessions whose alerts fire from beginning to end: `steady` crossed one threshold after the
 * other, `jumps` both at once.
 */
export interface AlertedBackend extends AsyncDisposable {
  readonly backend: Backend;
  readonly app: KoaApp;
  /** All notifications of a session, such as `ContextWindowCritical firing`. */
  readonly courseOf: (session: string) => Promise<string[]>;
  /** Waits until a session has as many notifications, and compares them. */
  readonly expectCourse: (session: string, course: readonly string[]) => Promise<void>;
  /** Fails if a notification was sent for `steady` or `jumps` since they began to fire. */
  readonly expectSteady: () => Promise<void>;
  /**
   * Ends the alerts of `steady`, `jumps` and the sessions that still fire, and checks that the webhook and the inbox
   * received each notification once, of these sessions and of those that are over.
   */
  readonly expectEnds: (stillFiring: readonly string[], over: readonly string[]) => Promise<void>;
}

/** Starts the parts and both sessions. */
export async function startAlertedBackend(): Promise<AlertedBackend> {
  await using cleanup = new AsyncDisposableStack();
  const backend = cleanup.use(await startBackend({ withReceiver: true }));
  const app = cleanup.use(await startKoaApp(backend.urls.collector));
  const { webhook, receiver } = backend.urls;
  const expectDelivered = (session: string, course: readonly string[]) =>
    expectCourse(webhook, session, course);
  await app.send('steady', { tokens: 150_000 });
  await expectDelivered('steady', steady.slice(0, 1));
  await app.send('steady', { tokens: 190_000 });
  await expectDelivered('steady', steady);
  await app.send('jumps', { tokens: 190_000 });
  await expectDelivered('jumps', [firing]);
  const kept = cleanup.move();
  return {
    backend,
    app,
    courseOf: (session) => courseOf(webhook, session),
    expectCourse: expectDelivered,
    expectSteady: async () => {
      expect(await courseOf(webhook, 'steady')).toEqual(steady);
      expect(await courseOf(webhook, 'jumps')).toEqual([firing]);
    },
    expectEnds: async (stillFiring, over) => {
      await sleep(resentMillis);
      for (const session of ['steady', 'jumps', ...stillFiring]) await app.send(session, saved);
      const ends = ['ContextWindowWarning resolved', resolved];
      await expectCourse(webhook, 'steady', [...steady, ...ends], { anyOrderFrom: steady.length });
      const pairs = ['jumps', ...stillFiring, ...over];
      for (const session of pairs) await expectDelivered(session, [firing, resolved]);
      // Each receiver gets the two resolved alerts of `steady` in its own order.
      const course = (received: readonly string[]) => sortedFrom(steady.length, received);
      for (const session of ['steady', ...pairs]) {
        const received = await courseOf(webhook, session);
        // The inbox can receive a notification a moment after the webhook.
        await waitUntil(async () => (await inboxCourse(receiver, session)).length >= received.length, 10_000);
        expect(course(await inboxCourse(receiver, session))).toEqual(course(received));
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** All notifications of a session that the receiver's inbox holds, in order of arrival. */
async function inboxCourse(receiver: string, session: string): Promise<string[]> {
  const { alerts } = (await (await fetch(`${receiver}/alerts`)).json()) as {
    alerts: { sessionId: string; name: string; status: string }[];
  };
  return alerts
    .filter(({ sessionId }) => sessionId === session)
    .map(({ name, status }) => `${name} ${status}`);
}
