import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { portVariable } from '../compose/ports.ts';
import { parts } from '../compose/parts.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { inBothRuntimes, statusOf } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';
import { hasTmux, openTerminal } from './tmux.ts';

const script = join(import.meta.dirname, '../scripts/ctxd.cjs');

/** The environment variables of a stack, for a shell in a terminal. */
function variablesOf({ env }: StackCommands): Record<string, string> {
  const names = parts.flatMap(({ name }) => [
    portVariable(name),
    portVariable(name, 'health'),
    `CTXD_${name.toUpperCase()}_IMAGE`,
  ]);
  return Object.fromEntries(
    ['CTXD_STATE_DIR', 'CTXD_PROJECT', ...names].flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

describe.skipIf(!hasTmux)(`in a terminal${hasTmux ? '' : ' (skipped: there is no tmux)'}`, () => {
  inBothRuntimes((runtime) => {
    test('updates each part in place as it gets healthy, and keeps running when the terminal is gone', async () => {
      await using stack = await stackCommands(runtime);
      {
        await using terminal = await openTerminal({ columns: 100, rows: 50, env: variablesOf(stack) });
        await terminal.enter(`'${process.execPath}' '${script}' up --runtime ${runtime} --without grafana`);
        await terminal.expectShown(/^ {2}… \w+ +starting$/m, 60_000);
        const shown = await terminal.expectShown('The stack is up after', 100_000);
        for (const { name, optional } of parts)
          if (!optional) expect(shown).toMatch(new RegExp(`^  ✔ ${name} +healthy after [\\d.]+ s$`, 'm'));
        expect(shown).not.toMatch(/ … \w/);
      }
      expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
      process.kill(await stack.pidOf('collector'), 'SIGKILL');
      const isBack = async () => {
        const { status, data } = await statusOf(stack);
        return status === 'healthy' && data.parts.some(({ restarts }) => restarts === 1);
      };
      expect(await waitUntil(isBack, 120_000)).toBe(true);
    });
  });

  test('asks before it deletes, and deletes nothing if the answer is no', async () => {
    await using stack = await stackCommands('native');
    await using terminal = await openTerminal({ columns: 160, rows: 20, env: variablesOf(stack) });
    await terminal.enter(`'${process.execPath}' '${script}' reset`);
    await terminal.expectShown(/Delete all metrics, .+ in .+: 0 B\? \[y\/N\]/);
    await terminal.enter('n');
    await terminal.expectShown('Nothing was changed.');
    await terminal.enter(`'${process.execPath}' '${script}' reset`);
    await terminal.expectShown(/Nothing was changed\.[^]+\[y\/N\]/);
    await terminal.enter('y');
    expect(await terminal.expectShown('The secrets stay.')).toContain('Deleted all metrics');
  });
});
