import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';
import { basicAuthorization } from '../compose/runtime/login.ts';
import { type AlertedBackend, firing, resolved, saved, startAlertedBackend } from './alerted-backend.ts';

let alerted: AlertedBackend;

beforeAll(async () => {
  alerted = await startAlertedBackend();
  await alerted.app.send('over', { tokens: 190_000 });
  await alerted.expectCourse('over', [firing]);
});

afterAll(() => alerted?.[Symbol.asyncDispose]());

const restarts = (['vmalert', 'alertmanager', 'victoriametrics'] as const).flatMap((part) =>
  (['SIGTERM', 'SIGKILL'] as const).map((signal) => [part, signal] as const),
);

test.each(restarts)('a restart of %s by %s loses no alert and repeats none', async (part, signal) => {
  const { backend, app, expectCourse, expectSteady } = alerted;
  const session = `${part}-${signal}`;
  await notificationsWritten();
  await backend.stop(part, signal);
  await app.send(session, { tokens: 190_000 });
  await backend.start(part);
  await expectCourse(session, [firing]);
  await expectSteady();
});

test('a crash of VictoriaMetrics that loses a crossing just after its notification resolves nothing and repeats nothing', async () => {
  const { backend, app, courseOf, expectCourse } = alerted;
  await app.send('forgotten', { tokens: 190_000 });
  await expectCourse('forgotten', [firing]);
  await backend.stop('victoriametrics', 'SIGKILL');
  await backend.start('victoriametrics');
  await app.send('remembered', { tokens: 190_000 });
  await expectCourse('remembered', [firing]);
  expect(await courseOf('forgotten')).toEqual([firing]);
});

test('an alert that resolves while Alertmanager is stopped sends its notification once Alertmanager is back', async () => {
  const { backend, app, expectCourse } = alerted;
  await backend.stop('alertmanager');
  await app.send('over', saved);
  await waitUntil(async () => !(await isCritical('over')), 120_000);
  await backend.start('alertmanager');
  await expectCourse('over', [firing, resolved]);
});

test('in the end each alert fired once and resolved once, in the inbox as in the webhook', async () => {
  const { expectEnds } = alerted;
  await expectEnds([...restarts.map((names) => names.join('-')), 'forgotten'], ['over']);
});

/** Waits until Alertmanager has written to disk which notifications it has sent. */
async function notificationsWritten(): Promise<void> {
  const { urls, alertmanagerPassword } = alerted.backend;
  const headers = { authorization: basicAuthorization('ctxd', alertmanagerPassword) };
  const writes = async () => {
    const metrics = await (await fetch(`${urls.alertmanager}/metrics`, { headers })).text();
    return Number(/^alertmanager_nflog_maintenance_total (\d+)$/m.exec(metrics)?.[1]);
  };
  // The metric counts writes that began; when the second one begins, the first has ended.
  const atLeast = (await writes()) + 2;
  expect(await waitUntil(async () => (await writes()) >= atLeast, 120_000)).toBe(true);
}

/** Whether vmalert says that the session's critical alert fires. */
async function isCritical(sessionId: string): Promise<boolean> {
  const { urls, storeAuthorization: authorization } = alerted.backend;
  const answer = (await (
    await fetch(`${urls.vmalert}/api/v1/alerts`, { headers: { authorization } })
  ).json()) as {
    data: { alerts: { name: string; state: string; labels: Record<string, string> }[] };
  };
  return answer.data.alerts.some(
    ({ name, state, labels }) =>
      name === 'ContextWindowCritical' && state === 'firing' && labels['session_id'] === sessionId,
  );
}
