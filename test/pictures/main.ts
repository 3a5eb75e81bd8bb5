import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctxdPath } from '../ctxd-command.ts';
import { stackCommands } from '../stack-commands.ts';
import { hasTmux, openTerminal } from '../tmux.ts';
import { screenPicture } from './screen-picture.ts';

// Takes docs/images/monitor.svg: the monitor in a real terminal, with the sessions of the demo.

const size = { columns: 98, rows: 27 };
const path = join(import.meta.dirname, '../../docs/images/monitor.svg');
/** Sessions in all three states, none of them over-full. */
const worthShowing =
  /✓ HEALTHY(?![^]* 1\d\d[.\d]*%)(?=[^]*^│ .✗ )(?=[^]*^│ .⚠ )(?=[^]*^│ .✓ )(?=[^]*full in)(?=[^]*Ops: [\d.]*[1-9])/m;

if (!hasTmux) throw new Error('Taking the picture of the terminal needs tmux.');
await using stack = await stackCommands('native');
const { exitCode, output } = await stack.run('up', '--without', 'grafana');
if (exitCode !== 0) throw new Error(output);
const demo = spawn(process.execPath, [ctxdPath, 'demo'], { env: stack.env, stdio: 'ignore' });
const ended = once(demo, 'exit');
try {
  const env = { CTXD_STATE_DIR: stack.stateDir, MONITOR: `${process.execPath} ${ctxdPath} monitor -i 1` };
  await using terminal = await openTerminal({ ...size, env });
  await terminal.enter('eval "$MONITOR"');
  await terminal.expectShown(worthShowing, 240_000);
  await writeFile(path, screenPicture(await terminal.screen({ escapes: true }), size.columns));
} finally {
  demo.kill('SIGINT');
  await ended;
}
console.log(`Wrote ${path}`);
