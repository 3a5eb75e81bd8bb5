import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Fault, Skipped } from '../fault.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
const fileBeside = (stateDir: string) => join(dirname(stateDir), 'clock');

/** Jumps of the receiver's clock. The other parts are Go programs, whose clock libfaketime cannot change. */
export const clockJumps: readonly Fault[] = ['+1h', '-1h', '+3d', '-3d'].map((jump) => ({
  name: `the clock of the receiver jumps by ${jump}`,
  strike: async ({ stack }) => {
    if (library === undefined) throw new Skipped('libfaketime is not installed');
    const file = fileBeside(stack.stateDir);
    await writeFile(file, jump);
    return async () => await writeFile(file, '+0');
  },
  lastsSeconds: 60,
  blinds: true,
  allows: [{ reports: 1, reason: 'a report of the moment at which the clock jumps may not count' }],
}));

/** Makes Node programs of a stack read their clock's offset from a file. */
export async function changeableClock(stateDir: string): Promise<NodeJS.ProcessEnv> {
  if (library === undefined) return {};
  const file = fileBeside(stateDir);
  await writeFile(file, '+0');
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
