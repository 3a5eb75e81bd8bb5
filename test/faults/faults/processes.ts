import type { PartName } from '../../../compose/parts.ts';
import { waitUntil } from '../../../compose/runtime/health.ts';
import { identityOf } from '../../../compose/runtime/native/part-process.ts';
import { isWatched } from '../../../compose/runtime/native/sign-of-life.ts';
import type { Allowance, Fault, Target } from '../fault.ts';

const parts: readonly PartName[] = ['collector', 'victoriametrics', 'vmalert', 'alertmanager', 'receiver'];

/** VictoriaMetrics loses what it acknowledged in the last seconds, when it is killed. */
export const storeLoss: Allowance = {
  samples: 10,
  reason: 'VictoriaMetrics keeps the newest seconds in memory',
};
/** The receiver loses reports of the last second, when it is killed. */
const receiverLoss: Allowance = {
  reports: 2,
  reason: 'the receiver saves its sessions once a second',
};
/** Alertmanager repeats notifications of the last seconds, when it is killed. */
const repetition: Allowance = { repeats: true, reason: 'Alertmanager saves what it sent every 2 s' };

const allowances: Partial<Record<PartName, readonly Allowance[]>> = {
  victoriametrics: [storeLoss],
  receiver: [receiverLoss],
  alertmanager: [repetition],
};
const all = [storeLoss, receiverLoss, repetition];

/** A signal to each part, and to all at once: `kill -9`, or SIGSTOP, which makes them hang. */
export const signals = (['SIGKILL', 'SIGSTOP'] as const).map((signal): readonly Fault[] => [
  ...parts.map((part) => ({
    name: `${wordFor(signal)} of ${part}`,
    strike: signalTo([part], signal),
    allows: allowances[part] ?? [],
    // Several outages in two minutes add up.
    mayNotify: ['CtxdRulesFailing'],
    // It counts the failures of the last five minutes.
    staysFiring: ['CtxdNotificationsFailing'],
  })),
  { name: `${wordFor(signal)} of all parts`, strike: signalTo(parts, signal), allows: all },
]);

/** The same for the supervisor, which only the native runtime has. The next command starts it again. */
export const supervisorSignals = (['SIGKILL', 'SIGSTOP'] as const).map((signal): Fault => ({
  name: `${wordFor(signal)} of the supervisor`,
  strike: async ({ stack }) => {
    const { pid } = (await identityOf(stack.stateDir, 'supervisor')) ?? {};
    if (pid !== undefined) process.kill(pid, signal);
    // One that hangs is noticed by its sign of life, which it gave a moment ago.
    await waitUntil(async () => !(await isWatched(stack.stateDir)), 60_000);
  },
}));

function wordFor(signal: 'SIGKILL' | 'SIGSTOP'): string {
  return signal === 'SIGKILL' ? 'kill -9' : signal;
}

function signalTo(names: readonly PartName[], signal: NodeJS.Signals) {
  return async ({ stack }: Target) => {
    const pids = await Promise.all(names.map((name) => stack.pidOf(name)));
    for (const pid of pids) process.kill(pid, signal);
  };
}
