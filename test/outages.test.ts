import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PartName } from '../compose/parts.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { identityOf } from '../compose/runtime/native/part-process.ts';
import { type NativeStack, startNative } from '../scripts/stack/native-stack.ts';
import { startHttpRecorder, type HttpRecorder } from './http-recorder.ts';
import { startKoaApp } from './koa-app.ts';

/** Longer than Alertmanager waits for an alert of which vmalert says nothing. */
const awayMillis = 80_000;
/** Until that has passed once more, an alert that was forgotten would have resolved. */
const settledMillis = 75_000;
const parts = ['collector', 'victoriametrics', 'vmalert', 'alertmanager', 'receiver'] as const;

interface Notification {
  readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[];
}

const cases = (['collector', 'receiver', 'vmalert', 'victoriametrics'] as const).flatMap((part) =>
  (['SIGSTOP', 'SIGKILL'] as const).map((signal) => [part, signal] as const),
);

describe.concurrent('an outage of more than a minute', { timeout: 600_000 }, () => {
  test.each(cases)(
    'of %s by %s sends that ctxd is blind and sees again, and nothing false',
    async (part, signal) => {
      await using webhook = await startHttpRecorder();
      await using stack = await startNative({ parts, webhookUrl: `${webhook.url}/` });
      await using app = await startKoaApp(stack.urls.collector);
      const sent = () => sentTo(webhook);
      await reportUsage(stack, 'claude', 190_000);
      for (const session of ['app', 'falls']) await app.send(session, { tokens: 190_000 });
      const firing = ['app', 'claude', 'falls'].map((session) => `ContextWindowCritical firing ${session}`);
      await waitUntil(async () => sent().length >= firing.length, 60_000);
      expect(sent().toSorted()).toEqual(firing);
      await sleep(20_000);

      await using outage = await interrupt(stack, part, signal);
      const startedMillis = Date.now();
      await app.send('falls', { tokens: 20_000, saved: 170_000 });
      const blind = 'CtxdBlind firing ';
      await waitUntil(async () => sent().includes(blind), 75_000);
      const blindMillis = Date.now() - startedMillis;
      await sleep(Math.max(0, awayMillis - blindMillis));
      // Only the receiver's sessions are out of sight while the receiver is away.
      const over = part === 'receiver' ? ['ContextWindowCritical resolved falls'] : [];
      expect(sent().slice(firing.length).toSorted()).toEqual([...over, blind].toSorted());
      expect(blindMillis).toBeLessThan(60_000);

      await outage.end();
      const healedMillis = Date.now();
      await waitUntil(async () => sent().includes('CtxdBlind resolved '), 75_000);
      const seesMillis = Date.now() - healedMillis;
      await sleep(Math.max(0, settledMillis - seesMillis));
      await waitUntil(async () => sent().includes('ContextWindowCritical resolved falls'), 60_000);
      expect(sent().slice(firing.length).toSorted()).toEqual([
        'ContextWindowCritical resolved falls',
        blind,
        'CtxdBlind resolved ',
      ]);
      expect(seesMillis).toBeLessThan(60_000);
      console.log(`${part} ${signal}: blind after ${blindMillis} ms, sees after ${seesMillis} ms`);
    },
  );

  test('of Alertmanager is written into the inbox, once, and its end, too', async () => {
    await using stack = await startNative({ parts });
    await sleep(10_000);
    await stack.stop('alertmanager', 'SIGKILL');
    const isBlind = async () => (await inboxOf(stack)).includes('CtxdBlind firing');
    expect(await waitUntil(isBlind, 60_000)).toBe(true);
    await stack.start('alertmanager');
    const sees = async () => (await inboxOf(stack)).includes('CtxdBlind resolved');
    expect(await waitUntil(sees, 60_000)).toBe(true);
    await sleep(20_000);
    expect(await inboxOf(stack)).toEqual(['CtxdBlind firing', 'CtxdBlind resolved']);
  });
});

/** Such as `ContextWindowCritical firing s1`, in the order of arrival. */
function sentTo(webhook: HttpRecorder): string[] {
  const alerts = webhook.requests('/').flatMap(({ body }) => (body as Notification).alerts);
  return alerts.map(({ status, labels }) => `${labels['alertname']} ${status} ${labels['session_id'] ?? ''}`);
}

async function reportUsage({ urls }: NativeStack, session: string, tokensUsed: number): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ tokensUsed, windowTokens: 200_000 });
  await fetch(`${urls.receiver}/v1/sessions/${session}/usage`, { method: 'POST', headers, body });
}

async function inboxOf({ urls }: NativeStack): Promise<string[]> {
  const { alerts } = (await (await fetch(`${urls.receiver}/alerts`)).json()) as {
    alerts: { name: string; status: string }[];
  };
  return alerts.map(({ name, status }) => `${name} ${status}`);
}

/** Makes a part hang, or kills it, until the outage is ended. */
async function interrupt(stack: NativeStack, part: PartName, signal: 'SIGSTOP' | 'SIGKILL') {
  const { pid = 0 } = (await identityOf(stack.stateDir, part)) ?? {};
  if (signal === 'SIGKILL') await stack.stop(part, 'SIGKILL');
  else process.kill(pid, 'SIGSTOP');
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    if (signal === 'SIGKILL') await stack.start(part);
    else process.kill(pid, 'SIGCONT');
  };
  return { end, [Symbol.asyncDispose]: end };
}
