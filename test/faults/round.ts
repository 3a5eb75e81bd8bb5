import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../compose/runtime/health.ts';
import { messageOf } from '../../compose/system/stack-error.ts';
import { start } from '../both-runtimes.ts';
import type { HttpRecorder } from '../http-recorder.ts';
import { type Fault, type Row, Skipped, type Target } from './fault.ts';
import { applicationSessions, type Load, receiverSessions } from './load.ts';
import { inWords, type Notification, notificationsOf, problemsIn } from './notifications.ts';
import type { StoreReader } from './store.ts';

/** How long to wait for anything: only what never happens exceeds it, however busy the machine is. */
const patienceMillis = 240_000;
/** Between two looks, which take some work. */
const pauseMillis = 400;
const blind = 'CtxdBlind';
const full = 190_000;
const sessions = applicationSessions + receiverSessions;

/** What a round works with. */
export interface RoundOptions {
  readonly target: Pick<Target, 'stack' | 'random' | 'disk'>;
  readonly load: Load;
  readonly webhook: HttpRecorder;
  readonly store: StoreReader;
  /** Aborts when the user interrupts the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs one fault: 70 sessions report, an alert fires before the fault and another one during it. The stack has to heal, to
 * have stored what it acknowledged, and to send each notification once.
 *
 * @param group the ids of the round's sessions begin with it
 */
export async function runRound(fault: Fault, group: string, options: RoundOptions): Promise<Row> {
  const { target, load, webhook, store, signal } = options;
  const [before, during] = [`${group}-before`, `${group}-during`];
  const firstNotification = notificationsOf(webhook).length;
  const sent = () =>
    notificationsOf(webhook)
      .slice(firstNotification)
      .filter(({ session }) => !fault.adds?.test(session));
  const remarks: string[] = [];
  const row = (verdict: string, rest: Partial<Row> = {}): Row => ({
    fault: fault.name,
    runtime: target.stack.runtime,
    samples: { expected: 0, arrived: 0 },
    reports: { expected: 0, arrived: 0 },
    healSeconds: undefined,
    sent: inWords(sent()),
    verdict,
    ...rest,
  });
  const expectSoon = async (what: string, condition: () => Promise<boolean>) => {
    const slowly = async () => (await condition()) || (await sleep(pauseMillis, false));
    if (await waitUntil(slowly, patienceMillis, signal)) return;
    throw new Error(`not within ${patienceMillis / 1_000} s: ${what}`);
  };
  try {
    load.begin(group);
    await load.app.send(before, { tokens: full });
    await expectSoon('70 sessions report', async () => (await store.fresh(group, 0)) === sessions);
    // VictoriaMetrics stores its own metrics a few seconds after it has started. An alert waits for them.
    const isSettled = async () => (await store.value('count(vm_storage_is_read_only)')) !== undefined;
    await expectSoon('VictoriaMetrics stores its own metrics', isSettled);
    await expectSoon(`the alert of ${before} fires`, async () => hasSent(sent(), before, 'firing'));
    const heals = await strike(fault, group, remarks, options);
    await expectSoon('the stack heals', heals.isHealed);
    const healSeconds = (Date.now() - heals.sinceMillis) / 1_000;
    await expectSoon(`the alert of ${during} fires`, async () => hasSent(sent(), during, 'firing'));
    for (const session of [before, during]) await load.app.send(session, { tokens: 20_000, saved: 170_000 });
    await expectSoon(
      'all alerts resolve',
      async () => !isOpen(sent(), fault) && hasSent(sent(), during, 'resolved'),
    );
    const counts = await settle(group, options);
    const verdict = verdictOf(fault, sent(), [before, during], counts);
    const { samples, reports } = counts;
    return row([verdict, ...remarks].join(': '), { samples, reports, healSeconds });
  } catch (error) {
    // The next fault needs the stack, and no alert that still fires.
    await start(target.stack);
    await load.end([before, during]);
    await waitUntil(async () => !isOpen(sent(), fault), patienceMillis, signal).catch(() => false);
    return row(error instanceof Skipped ? `skipped: ${error.message}` : `wrong: ${messageOf(error)}`);
  } finally {
    await load.end([before, during]);
  }
}

/**
 * Runs the fault and its relief, with an alert of another session during it. The stack is healed when all sessions' newer
 * reports are visible again and its status is good.
 */
async function strike(fault: Fault, group: string, remarks: string[], options: RoundOptions) {
  const { target, load, store, webhook, signal } = options;
  await sleep(target.random.between(0, 2_000));
  let sinceMillis = Date.now();
  const relieve = await fault.strike({
    ...target,
    group,
    sent: () => notificationsOf(webhook),
    remark: (words) => void remarks.push(words),
  });
  await load.app.send(`${group}-during`, { tokens: full });
  if (relieve) {
    await sleep((fault.lastsSeconds ?? 5) * 1_000, undefined, { signal }).catch(() => undefined);
    sinceMillis = Date.now();
    await relieve();
  }
  const isHealed = async () =>
    (await store.fresh(group, sinceMillis)) === sessions && (await target.stack.run('status')).exitCode === 0;
  return { sinceMillis, isHealed };
}

/** Stops the reports, waits until those acknowledged have arrived, and counts them. */
async function settle(group: string, { load, store }: RoundOptions) {
  await load.pause();
  await load.app.flush();
  // Later ones are on their way: the application sends each session again every 15 s.
  const expected = load.samples(group);
  const count = async () => {
    const arrived = await store.samples(group);
    return {
      samples: { expected: expected.length, arrived: arrived.size },
      lost: expected.filter((sample) => !arrived.has(sample)),
      reports: { expected: load.reports(), arrived: await store.reports(group) },
    };
  };
  let counts = await count();
  await waitUntil(async () => {
    counts = await count();
    return counts.lost.length === 0 && counts.reports.arrived >= counts.reports.expected;
  }, 15_000);
  return counts;
}

function verdictOf(
  { allows = [], mayNotify = [], staysFiring = [], blinds }: Fault,
  sent: readonly Notification[],
  alerted: readonly string[],
  { lost, reports }: Pick<Row, 'reports'> & { readonly lost: readonly string[] },
): string {
  const { wrong, repeated } = problemsIn(sent, {
    sessions: alerted,
    resolving: [blind, ...mayNotify],
    staysFiring,
  });
  if (wrong !== undefined) return `wrong: ${wrong}`;
  if (blinds && !hasSent(sent, '', 'firing')) return 'wrong: nothing was sent about being blind';
  const lostSamples = lost.length;
  const lostReports = Math.max(0, reports.expected - reports.arrived);
  const most = (of: 'samples' | 'reports') => Math.max(0, ...allows.map((allowance) => allowance[of] ?? 0));
  if (lostSamples > most('samples') * (applicationSessions + 2))
    return `wrong: ${lostSamples} samples are lost, such as that of ${lost.slice(0, 3).join(', ')}`;
  if (lostReports > most('reports') * receiverSessions) return `wrong: ${lostReports} reports are lost`;
  if (repeated !== undefined && !allows.some(({ repeats }) => repeats)) return `wrong: ${repeated}`;
  const needed = allows.filter(
    (allowance) =>
      (allowance.samples && lostSamples > 0) ||
      (allowance.reports && lostReports > 0) ||
      (allowance.repeats && repeated !== undefined),
  );
  return ['right', ...needed.map(({ reason }) => reason)].join(': ');
}

const hasSent = (sent: readonly Notification[], session: string, status: string) =>
  sent.some((notification) => notification.session === session && notification.status === status);

/** Whether an alert fired that has not resolved. */
function isOpen(sent: readonly Notification[], { staysFiring = [] }: Fault): boolean {
  const passing = sent.filter(({ alert }) => !staysFiring.includes(alert));
  const last = new Map(passing.map(({ alert, session, status }) => [`${alert} ${session}`, status]));
  return [...last.values()].includes('firing');
}
