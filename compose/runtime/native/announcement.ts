import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type PartName, partNamed } from '../../parts.ts';
import { urlOf } from '../health.ts';
import { authorizationFor, receiverAuthorization } from '../login.ts';
import type { Stack } from '../runtime.ts';
import { messageOf } from '../../system/stack-error.ts';
import { readCrashes } from './crash-record.ts';
import { isRunning } from './part-process.ts';

const runbookFolder = resolve(import.meta.dirname, '../../../alerts/runbooks');

/** How long an announcement stands unless it is repeated, as it is each minute. */
const standsMillis = 3 * 60_000;

/** Sends an alert for each part that is disabled and not running: to Alertmanager, or else straight to the inbox. */
export async function announceDisabled(names: readonly PartName[], stack: Stack): Promise<void> {
  const crashes = await readCrashes(stack.stateDir);
  for (const name of names) {
    const { disabled, atMillis } = crashes[name] ?? {};
    if (!disabled || (await isRunning(stack.stateDir, name))) continue;
    const alert = alertAbout(name, atMillis?.at(-1) ?? Date.now(), stack.env);
    await toAlertmanager(alert, stack)
      .catch(async () => await toInbox(alert, stack))
      .catch((error: unknown) =>
        stack.print(`Nobody could be notified that ${name} is down: ${messageOf(error)}`),
      );
  }
}

type PartAlert = ReturnType<typeof alertAbout>;

function alertAbout(part: PartName, crashedAtMillis: number, env: NodeJS.ProcessEnv) {
  const runbooks = env.CTXD_ALERT_RUNBOOK_BASE || pathToFileURL(runbookFolder).href;
  return {
    labels: { alertname: 'CtxdPartDown', severity: 'critical', part },
    annotations: {
      summary: 'A part of the stack keeps crashing.',
      description: `${part} keeps crashing and is disabled; ${consequences[part]} It is tried again from time to time. See npm run stack:logs -- ${part}, and start it with npm run stack:up.`,
      runbook_url: `${runbooks}/CtxdPartDown.md`,
    },
    startsAt: new Date(crashedAtMillis).toISOString(),
    endsAt: new Date(Date.now() + standsMillis).toISOString(),
  };
}

const consequences: Readonly<Record<PartName, string>> = {
  collector: 'no metrics arrive.',
  victoriametrics: 'no metrics are stored, and no alert can fire.',
  vmalert: 'no alert can fire.',
  alertmanager: 'no notifications are sent.',
  receiver: "Claude Code's reports do not arrive.",
  grafana: 'the dashboards are away.',
};

async function toAlertmanager(alert: PartAlert, stack: Stack): Promise<void> {
  const authorization = await authorizationFor(partNamed('alertmanager'), stack.stateDir);
  await post(`${urlOf('alertmanager', stack.ports)}/api/v2/alerts`, [alert], { authorization });
}

async function toInbox(alert: PartAlert, stack: Stack): Promise<void> {
  const fingerprint = `CtxdPartDown-${alert.labels.part}`;
  const alerts = [{ ...alert, status: 'firing', fingerprint }];
  const authorization = await receiverAuthorization(stack.stateDir);
  await post(`${urlOf('receiver', stack.ports)}/alerts`, { alerts }, { authorization });
}

async function post(
  url: string,
  body: object,
  { authorization }: { authorization?: string | undefined } = {},
) {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (authorization !== undefined) headers.set('authorization', authorization);
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}
