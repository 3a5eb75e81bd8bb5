import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '../../../compose/runtime/machine.ts';
import { runCommand } from '../../../compose/system/command.ts';
import { start } from '../../both-runtimes.ts';
import { ctxdPath } from '../../ctxd-command.ts';
import { expectExit } from '../expectation.ts';
import { type Fault, type Relief, Skipped, type Target } from '../fault.ts';

/** VictoriaMetrics stops storing when less than this is free. */
const readOnlyBelowBytes = 64 * 1_024 ** 2;

/** The disk of these faults is small, so the user is warned of that all the time. */
const staysFiring = ['CtxdDiskLow'];

/** A disk so full that nothing can be written, or that VictoriaMetrics only reads. */
export const fullDisk: readonly Fault[] = [
  {
    name: 'the disk is full',
    strike: async (target: Target) => await fill(target, 0),
    allows: [
      {
        samples: 60,
        reports: 2,
        reason: 'the collector loses what it takes from its queue while it cannot write',
      },
    ],
  },
  {
    name: 'VictoriaMetrics is read-only, because the disk is nearly full',
    strike: async (target: Target) => await fill(target, readOnlyBelowBytes / 2),
  },
].map((fault) => ({
  ...fault,
  lastsSeconds: 45,
  mayNotify: ['CtxdStorageReadOnly', 'CtxdRulesFailing'],
  // The last two count what happened in the last five minutes.
  staysFiring: [...staysFiring, 'CtxdCollectorLosing', 'CtxdNotificationsFailing'],
}));

/** Commands on a state folder that cannot be written. */
export const readOnlyState: Fault = {
  name: 'the state folder is read-only when stack:up runs',
  strike: async ({ stack, disk }) => {
    if (!disk?.isMounted) throw new Skipped('only root can mount a small disk');
    await expectExit(0, stack.run('down'));
    await disk.protect();
    const refused = await expectExit(1, start(stack));
    await disk.unprotect();
    if (!/^The disk is read-only: .*\nMake it writable/m.test(refused))
      throw new Error(`up printed ${refused}`);
    await expectExit(0, start(stack));
  },
  staysFiring,
};

/** A shell in which few files may be open. */
export const fewFiles: Fault = {
  name: 'only 64 files may be open when stack:up runs',
  strike: async ({ stack }) => {
    await expectExit(0, stack.run('down'));
    const words = `ulimit -n 64; exec '${process.execPath}' '${ctxdPath}' up --runtime native`;
    const { exitCode, output } = await runCommand('sh', ['-c', words], { env: stack.env });
    if (exitCode !== 1 || !output.includes('Only 64 files may be open at once'))
      throw new Error(`up exited with ${exitCode}: ${output}`);
    await expectExit(0, start(stack));
  },
  staysFiring,
};

async function fill({ stack, disk }: Target, leftBytes: number): Promise<Relief> {
  if (!disk?.isMounted) throw new Skipped('only root can mount a small disk');
  const filler = join(stack.stateDir, 'filler');
  const size = Math.max(0, (await freeBytes(stack.stateDir)) - leftBytes);
  // The parts write at the same time, so there may be less room by now.
  await writeFile(filler, Buffer.alloc(size)).catch(() => undefined);
  return async () => await rm(filler);
}
