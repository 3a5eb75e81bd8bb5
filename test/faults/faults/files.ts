import { spawn } from 'node:child_process';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parts } from '../../../compose/parts.ts';
import { waitUntil } from '../../../compose/runtime/health.ts';
import { identityOf, isRunning } from '../../../compose/runtime/native/part-process.ts';
import { dataDirOf, pidFileOf, sharedPath } from '../../../compose/runtime/state.ts';
import { takeLock } from '../../../compose/system/lock.ts';
import { start } from '../../both-runtimes.ts';
import type { StackCommands } from '../../stack-commands.ts';
import { expectExit } from '../expectation.ts';
import type { Allowance, Fault, Target } from '../fault.ts';

/** The machine lost power: nothing runs, and other processes have the pids in the pid files and in the lock. */
export const reboot: Fault = {
  name: 'reboot: stale pids belong to other processes',
  strike: async ({ stack }) => {
    const names = ['supervisor', ...parts.map(({ name }) => name)] as const;
    const identities = new Map<string, { startTime: string }>();
    for (const name of names) {
      const identity = await identityOf(stack.stateDir, name);
      if (identity === undefined) continue;
      process.kill(identity.pid, 'SIGKILL');
      await waitUntil(async () => !(await isRunning(stack.stateDir, name)), 60_000);
      identities.set(name, identity);
    }
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    try {
      for (const [name, identity] of identities)
        await reuse(pidFileOf(stack.stateDir, name), stranger.pid, identity);
      await writeFile(
        join(stack.stateDir, 'lock'),
        JSON.stringify({ pid: stranger.pid, startTime: 'before' }),
      );
      await expectExit(0, start(stack));
      if (stranger.exitCode !== null || stranger.signalCode !== null)
        throw new Error('another process was killed');
    } finally {
      stranger.kill();
    }
  },
  allows: [{ samples: 10, reports: 2, repeats: true, reason: 'as when all parts are killed' }],
};

/** VictoriaMetrics rereads its password every second, but the collector has the former one until `stack:up` restarts it. */
const refusedSamples: Allowance = {
  samples: 60,
  reason:
    'the collector drops what VictoriaMetrics refuses with 401, until stack:up gives both the same password',
};

/** Files of the state folder that a power failure cut off. */
export const cutFiles: readonly Fault[] = [
  {
    name: 'the snapshot of the receiver is cut off',
    strike: async (target) => {
      const { stack } = target;
      const snapshot = join(dataDirOf(stack.stateDir, 'receiver'), 'sessions.snapshot');
      await whileReceiverIsAway(stack, async () => await cut(snapshot, target));
      const isReported = async () => (await stack.run('status')).output.includes('their file was damaged');
      if (!(await waitUntil(isReported, 120_000))) throw new Error('the status does not report it');
      await rm(`${snapshot}.corrupt`);
    },
    allows: [
      {
        reports: Infinity,
        reason: 'the counts of the sessions were in the snapshot, and the status says so',
      },
    ],
  },
  {
    name: 'the record of the stack is cut off, and its parts are killed',
    strike: async (target) => {
      await cut(join(target.stack.stateDir, 'stack.json'), target);
      process.kill(await target.stack.pidOf('collector'), 'SIGKILL');
    },
  },
  {
    name: 'the lock is cut off',
    strike: async (target) => {
      const lock = join(target.stack.stateDir, 'lock');
      await writeFile(lock, JSON.stringify({ pid: 1, command: 'stack:up' }));
      await cut(lock, target);
      await expectExit(0, target.stack.run('restart', 'collector'));
    },
  },
  ...(
    [
      'collectorToken',
      'receiverToken',
      'victoriametricsPassword',
      'alertmanagerPassword',
      'victoriametricsKey',
    ] as const
  ).map((secret): Fault => ({
    name: `the secret ${secret} is cut off, and stack:up runs`,
    strike: async (target) => {
      await cut(sharedPath(target.stack.stateDir, secret), target);
      await expectExit(0, start(target.stack));
    },
    ...(secret === 'victoriametricsPassword' && { allows: [refusedSamples] }),
  })),
];

async function reuse(
  path: string,
  pid: number | undefined,
  { startTime }: { startTime: string },
): Promise<void> {
  const file = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...file, pid, startTime: `before-${startTime}` }));
}

/** Cuts a file off at any place. */
async function cut(path: string, { random }: Target): Promise<void> {
  const { length } = await readFile(path);
  await truncate(path, random.between(0, length - 1));
}

async function whileReceiverIsAway(stack: StackCommands, act: () => Promise<void>): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await takeLock({ folder: stack.stateDir, command: 'test:faults', waitMillis: 60_000 }));
  process.kill(await stack.pidOf('receiver'), 'SIGKILL');
  await waitUntil(async () => !(await isRunning(stack.stateDir, 'receiver')), 60_000);
  await act();
}
