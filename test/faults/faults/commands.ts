import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../../../compose/system/command.ts';
import { start } from '../../both-runtimes.ts';
import { stackCommands, type StackCommands } from '../../stack-commands.ts';
import { expectExit } from '../expectation.ts';
import { type Fault, Skipped } from '../fault.ts';
import { storeReader } from '../store.ts';

const repository = join(import.meta.dirname, '../../..');
const without = ['--without', 'grafana'];
const never = /(?!)/;

/** Runs a command in a process of its own, as from another terminal. */
const elsewhere = async (stack: StackCommands, ...args: string[]) =>
  await stack.runUntil(never, 'SIGINT', ...args);

const nothingLeft = async (stack: StackCommands) => {
  const left = await stack.leftovers();
  if (left.length > 0) throw new Error(`${left.join(', ')} still run`);
};

/** Commands that get in each other's way, or are interrupted. */
export const collisions: readonly Fault[] = [
  {
    name: 'two stack:up at once',
    strike: async ({ stack }) => {
      await expectExit(0, stack.run('down'));
      const up = () => expectExit(0, elsewhere(stack, 'up', ...without));
      await Promise.all([up(), up()]);
    },
  },
  {
    name: 'stack:up during stack:down',
    strike: async ({ stack }) => {
      const down = expectExit(0, elsewhere(stack, 'down'));
      await Promise.all([down, expectExit(0, elsewhere(stack, 'up', ...without))]);
      await expectExit(0, start(stack));
    },
  },
  {
    name: 'Ctrl-C during stack:up',
    strike: async ({ stack }) => {
      await expectExit(0, stack.run('down'));
      await expectExit(130, stack.runUntil(/^Starting /m, 'SIGINT', 'up', ...without));
      await nothingLeft(stack);
      await expectExit(0, start(stack));
    },
  },
];

/** A backup of the stack under load, restored into another folder. */
export const backupElsewhere: Fault = {
  name: 'backup under load, restored elsewhere',
  strike: async ({ stack, group }) => {
    const file = join(dirname(stack.stateDir), 'backup.tar.gz');
    const { size: stored } = await storeReader(stack).samples(group);
    await expectExit(0, stack.run('backup', file));
    await using other = await stackCommands(stack.runtime);
    await expectExit(0, other.run('restore', file, '--yes'));
    await expectExit(0, start(other));
    const { size: restored } = await storeReader(other).samples(group);
    if (restored < stored) throw new Error(`${restored} of ${stored} samples were restored`);
  },
};

/** The state folder is used by the commit before this one, by this one, and once more. */
export const upgradeAndBack: Fault = {
  name: 'upgrade from the previous commit, and back',
  strike: async ({ stack }) => {
    const previous = await previousCommit(dirname(stack.stateDir));
    const up = async () => {
      const args = [join(previous, 'scripts/ctxd.cjs'), 'up', '--runtime', stack.runtime, ...without];
      const { exitCode, output } = await runCommand(process.execPath, args, { env: stack.env });
      if (exitCode !== 0)
        throw new Error(`the previous commit's stack:up exited with ${exitCode}: ${output}`);
    };
    await expectExit(0, stack.run('down'));
    await up();
    await expectExit(0, start(stack));
    await up();
    await expectExit(0, start(stack));
  },
};

/** Writes the previous commit into a folder. @throws Skipped where the clone has no other commit */
async function previousCommit(folder: string): Promise<string> {
  const target = join(folder, 'previous');
  await mkdir(target, { recursive: true });
  const words = `git archive HEAD~1 | tar -x -C '${target}'`;
  const { exitCode } = await runCommand('bash', ['-o', 'pipefail', '-c', words], { cwd: repository });
  if (exitCode !== 0) throw new Skipped('this clone has no previous commit');
  await symlink(join(repository, 'node_modules'), join(target, 'node_modules')).catch(() => undefined);
  return target;
}
