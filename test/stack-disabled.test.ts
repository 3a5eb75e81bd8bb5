import { expect, test } from 'vitest';
import type { PartName } from '../compose/parts.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { crashesOf, writeCrashes } from '../compose/runtime/native/crash-record.ts';
import { identityOf } from '../compose/runtime/native/part-process.ts';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { readInbox } from '../scripts/alerts/inbox.ts';
import { connectionFrom } from '../scripts/reach/connection.ts';
import { alertmanagerOf, inRuntime, partOf, start } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const patienceMillis = 120_000;

/** Kills a part that has crashed four times just before. */
async function crashForTheFifthTime({ stateDir }: StackCommands, name: PartName) {
  const atMillis = [4, 3, 2, 1].map((seconds) => Date.now() - seconds * 1_000);
  await writeCrashes(stateDir, name, { atMillis, restarts: 4, disabled: false });
  process.kill((await identityOf(stateDir, name))?.pid ?? 0, 'SIGKILL');
  const isDisabled = async () => (await crashesOf(stateDir, name)).disabled;
  expect(await waitUntil(isDisabled, patienceMillis)).toBe(true);
}

/** Lets the pause before the next try end now. */
async function endPause({ stateDir }: StackCommands, name: PartName) {
  await writeCrashes(stateDir, name, { ...(await crashesOf(stateDir, name)), startAtMillis: Date.now() });
}

async function expectInInbox(stack: StackCommands, description: string) {
  const { receiver } = await connectionFrom({}, stack.env);
  const hasArrived = async () =>
    (await readInbox(receiver)).alerts.some(
      (alert) => alert.name === 'CtxdPartDown' && alert.description.includes(description),
    );
  expect(await waitUntil(hasArrived, patienceMillis)).toBe(true);
}

inRuntime('native', () => {
  test('announces a disabled part through Alertmanager, and tries it again after a pause', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    await crashForTheFifthTime(stack, 'vmalert');
    expect(await partOf(stack, 'vmalert')).toMatchObject({ state: 'disabled', restarts: 4 });
    await expectInInbox(stack, 'vmalert keeps crashing and is disabled; no alert can fire.');
    const alerts = await (await fetchFrom(await alertmanagerOf(stack), '/api/v2/alerts')).text();
    expect(alerts).toContain('"alertname":"CtxdPartDown","part":"vmalert","severity":"critical"');
    await endPause(stack, 'vmalert');
    const isBack = async () => (await partOf(stack, 'vmalert'))?.state === 'healthy';
    expect(await waitUntil(isBack, patienceMillis)).toBe(true);
  });

  test('announces Alertmanager itself straight to the inbox', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack, '--without', 'grafana,vmalert')).toMatchObject({ exitCode: 0 });
    await crashForTheFifthTime(stack, 'alertmanager');
    await expectInInbox(stack, 'alertmanager keeps crashing and is disabled; no notifications are sent.');
  });
});
