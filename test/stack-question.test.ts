import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { hasTmux, openTerminal } from './tmux.ts';

const script = join(import.meta.dirname, '../scripts/ctxd.cjs');

test.skipIf(!hasTmux)('stack:reset deletes nothing at Ctrl-C, and says so (needs tmux)', async () => {
  await using folder = await testFolder();
  await using terminal = await openTerminal({ columns: 80, rows: 24, env: { CTXD_STATE_DIR: folder.path } });
  await terminal.enter(`${process.execPath} ${script} reset; echo status $?`);
  await terminal.expectShown('[y/N]');
  await terminal.press('C-c');
  const screen = await terminal.expectShown('status 130');
  expect(screen).not.toContain('    at ');
  expect(screen).toContain('Interrupted');
});
