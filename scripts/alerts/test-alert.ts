import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { waitUntil } from '../../compose/runtime/health.ts';

/** What a test alert needs. */
export interface Trial {
  readonly alertmanager: Server;
  /** Alertmanager's newest log lines. */
  readonly logTail: () => Promise<readonly string[]>;
  /** How long to wait for the results, in milliseconds. Default: 30,000. */
  readonly timeoutMillis?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** The result at one receiver. */
export interface Delivered {
  readonly receiver: string;
  readonly isDelivered: boolean;
  /** How long it took, or why it failed. */
  readonly words: string;
}

/** A receiver's requests so far, and how many of them failed. */
interface Requests {
  readonly made: number;
  readonly failed: number;
}

/** Sends one alert through every configured receiver, waits for the results, and resolves the alert. */
export async function sendTestAlert(trial: Trial): Promise<Delivered[]> {
  const { alertmanager, timeoutMillis = 30_000, signal } = trial;
  const receivers = await receiversOf(alertmanager);
  const before = await requestsOf(alertmanager);
  const startedMillis = Date.now();
  const startsAt = new Date(startedMillis);
  const trialId = randomBytes(4).toString('hex');
  await postAlert(alertmanager, trialId, startsAt, new Date(startedMillis + 300_000));
  const deliveredMillis = new Map<string, number>();
  const seenMillis = new Map<string, number>();
  let held: ReadonlyMap<string, string> = new Map();
  await waitUntil(async () => {
    const now = await requestsOf(alertmanager);
    held = await heldBack(alertmanager, trialId);
    for (const name of receivers) {
      const seen = seenMillis.get(name);
      // Alertmanager can show a request before it shows that the request failed, so one look is not enough.
      if (deliveries(now, name) <= deliveries(before, name)) seenMillis.delete(name);
      else if (seen === undefined) seenMillis.set(name, Date.now() - startedMillis);
      else deliveredMillis.set(name, seen);
    }
    const isSettled = (name: string) =>
      deliveredMillis.has(name) || held.has(name) || hasFailed(name, before, now);
    return signal?.aborted === true || receivers.every(isSettled);
  }, timeoutMillis);
  await postAlert(alertmanager, trialId, startsAt, new Date());
  const log = await trial.logTail();
  return receivers.map((name) =>
    outcome(name, deliveredMillis.get(name), held.get(name) ?? failure(log, name)),
  );
}

async function receiversOf(alertmanager: Server): Promise<string[]> {
  const status = (await (await fetchFrom(alertmanager, '/api/v2/status')).json()) as {
    config: { original: string };
  };
  const config = parse(status.config.original) as { receivers: { name: string }[] };
  return config.receivers.map(({ name }) => name).filter((name) => name !== 'watchdog');
}

async function requestsOf(alertmanager: Server): Promise<ReadonlyMap<string, Requests>> {
  const text = await (await fetchFrom(alertmanager, '/metrics')).text();
  const requests = new Map<string, Requests>();
  const line = /^alertmanager_notification_requests_(failed_)?total\{(.*)\} (\S+)$/gm;
  for (const [, failed, labels = '', value] of text.matchAll(line)) {
    const name = /receiver_name="([^"]*)"/.exec(labels)?.[1] ?? '';
    const known = requests.get(name) ?? { made: 0, failed: 0 };
    requests.set(name, { ...known, [failed ? 'failed' : 'made']: Number(value) });
  }
  return requests;
}

function deliveries(requests: ReadonlyMap<string, Requests>, name: string): number {
  const { made, failed } = requests.get(name) ?? { made: 0, failed: 0 };
  return made - failed;
}

/** Two failures, since Alertmanager retries and may recover from the first. */
function hasFailed(
  name: string,
  before: ReadonlyMap<string, Requests>,
  now: ReadonlyMap<string, Requests>,
): boolean {
  return (now.get(name)?.failed ?? 0) - (before.get(name)?.failed ?? 0) >= 2;
}

async function postAlert(alertmanager: Server, trial: string, startsAt: Date, endsAt: Date): Promise<void> {
  const alert = {
    labels: { alertname: 'CtxdTest', severity: 'info', trial },
    annotations: {
      summary: 'A test alert of ctxd.',
      title: 'ℹ A test alert of ctxd',
      resolved: '✓ The test alert of ctxd is over',
      description: `This is test ${trial}, sent by npm run alerts:test. There is nothing to do.`,
    },
    startsAt,
    endsAt,
  };
  await fetchFrom(alertmanager, '/api/v2/alerts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
}

function outcome(receiver: string, millis: number | undefined, failed: string): Delivered {
  if (millis === undefined) return { receiver, isDelivered: false, words: failed };
  return { receiver, isDelivered: true, words: `delivered after ${(millis / 1_000).toFixed(1)} s` };
}

const failure = (log: readonly string[], receiver: string) =>
  `failed: ${reasonIn(log, receiver) ?? 'no answer'}`;

interface AlertGroup {
  readonly receiver: { readonly name: string };
  readonly alerts: readonly {
    readonly status: Readonly<Record<'mutedBy' | 'silencedBy', readonly string[]>>;
  }[];
}

/** Why an alert is held back, by receiver. */
async function heldBack(alertmanager: Server, trial: string): Promise<ReadonlyMap<string, string>> {
  const filter = encodeURIComponent(`trial="${trial}"`);
  const answer = await fetchFrom(alertmanager, `/api/v2/alerts/groups?filter=${filter}`);
  const held = new Map<string, string>();
  for (const { receiver, alerts } of (await answer.json()) as AlertGroup[]) {
    const { mutedBy, silencedBy } = alerts[0]!.status;
    if (silencedBy[0]) {
      held.set(receiver.name, `silenced; to end it: npm run alerts:silence -- --end ${silencedBy[0]}`);
    } else if (mutedBy.length > 0) {
      held.set(receiver.name, 'muted by CTXD_ALERT_MUTE at this time');
    }
  }
  return held;
}

/** The last error that Alertmanager logged for a receiver: `receiver=slack … err="…"` if it retries, otherwise `err="slack/slack[0]: …"`. */
function reasonIn(log: readonly string[], receiver: string): string | undefined {
  const line = log.findLast(
    (words) => words.includes(`receiver=${receiver} `) || words.includes(`err="${receiver}/`),
  );
  const reason = / err="((?:[^"\\]|\\.)*)"/.exec(line ?? '')?.[1]?.replaceAll(String.raw`\"`, '"');
  return reason?.replace(/^\w+\/\w+\[\d+\]: notify retry canceled [^:]*: /, '');
}
