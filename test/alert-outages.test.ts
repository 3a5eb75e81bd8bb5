import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';
import { type AlertedBackend, firing, saved, startAlertedBackend } from './alerted-backend.ts';

let alerted: AlertedBackend;

beforeAll(async () => {
  alerted = await startAlertedBackend();
});

afterAll(() => alerted?.[Symbol.asyncDispose]());

// vmalert comes last: Alertmanager resolves an alert that was about to end when vmalert stopped a minute later, unless
// Alertmanager was stopped, too.
const outages = [
  ['VictoriaMetrics', 'victoriametrics'],
  ['Alertmanager', 'alertmanager'],
  ['the collector', 'collector'],
  ['vmalert', 'vmalert'],
] as const;

test.each(outages)(
  'a 20 s outage of %s loses no alert, not even one of a crossing that is over by then, resolves none and repeats none',
  async (_, part) => {
    const { backend, app, courseOf, expectCourse, expectSteady } = alerted;
    await backend.stop(part);
    await app.send(`in-${part}`, { tokens: 190_000 });
    await sleep(2_000);
    await app.send(`in-${part}`, saved);
    await sleep(18_000);
    await backend.start(part);
    await app.send(`after-${part}`, { tokens: 190_000 });
    await expectCourse(`after-${part}`, [firing]);
    await waitUntil(async () => (await courseOf(`in-${part}`)).length > 0, 120_000);
    expect((await courseOf(`in-${part}`))[0]).toBe(firing);
    await expectSteady();
  },
);

test('in the end each alert fired once and resolved once, in the inbox as in the webhook', async () => {
  const { expectEnds } = alerted;
  const names = (prefix: string) => outages.map(([, part]) => `${prefix}-${part}`);
  await expectEnds(names('after'), names('in'));
});
