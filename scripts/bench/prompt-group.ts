import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './statistics.ts';
import type { Table } from './table.ts';

const scripts = join(import.meta.dirname, '..');
const ctxd = join(scripts, 'ctxd.cjs');
const wrapper = join(scripts, 'connect/status-line.sh');
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:9';
const input = `${JSON.stringify({
  session_id: '0198c2de-1b2c-7def-8123-456789abcdef',
  workspace: { project_dir: '/home/me/shop' },
  context_window: {
    context_window_size: 200_000,
    used_percentage: 75,
    current_usage: { input_tokens: 150_000 },
  },
})}\n`;

/** Each command, and the one that it is compared with. */
const commands: Readonly<Record<string, readonly [command: readonly string[], beside: string]>> = {
  'bare sh': [['/bin/sh', '-c', ':'], 'bare sh'],
  'bare node': [[process.execPath, '--eval', '0'], 'bare node'],
  'ctxd segment': [[process.execPath, ctxd, 'segment'], 'bare node'],
  'ctxd statusline': [[process.execPath, ctxd, 'statusline'], 'bare node'],
  'hook of connect --nudge': [['/bin/sh', wrapper, nowhere, 'nudge'], 'bare sh'],
  'status line of connect, in the shell': [['/bin/sh', wrapper, nowhere], 'bare sh'],
};

/** Measures the commands that a prompt waits for, without a stack, in turns, so that a busy moment meets all of them. */
export async function measurePrompts(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 15 : 60;
  const millis = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, [command]] of Object.entries(commands)) millis.get(name)?.push(millisOf(command));
  }
  const of = (name: string) => median(millis.get(name) ?? []);
  const rows = Object.entries(commands).map(([name, [, beside]]) => ({
    command: name,
    ms: of(name),
    'least ms': Math.min(...(millis.get(name) ?? [])),
    'ms more than the bare program': of(name) - of(beside),
    'ratio to it': of(name) / of(beside),
  }));
  return [{ title: 'What a prompt waits for, without a stack', rows }];
}

function millisOf([file = '', ...args]: readonly string[]): number {
  const startedMillis = performance.now();
  const env = { ...process.env, CTXD_STATE_DIR: '/nowhere', CTXD_RECEIVER_PORT: '9' };
  spawnSync(file, args, { input, env });
  return performance.now() - startedMillis;
}
