import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerProblem } from '../../compose/runtime/docker/docker-problem.ts';
import { runCommand } from '../../compose/system/command.ts';
import { stackCommand } from '../stack/main.ts';
import { memoryOf } from '../../compose/runtime/native/native.ts';
import { identityOf } from '../../compose/runtime/native/part-process.ts';
import { freePortVariables } from '../../compose/runtime/test-folder.ts';
import type { Table } from './table.ts';

const mebibyte = 1_024 ** 2;
const ctxd = join(import.meta.dirname, '../ctxd.cjs');

/** Measures how long the stack takes to start, to find that it already runs, and to stop, and its memory. Programs are cached. */
export async function measureStack(quick: boolean): Promise<Table[]> {
  const runtimes = (await dockerProblem(process.env)) ? ['native'] : ['native', 'docker'];
  const rows = [];
  for (const runtime of runtimes) {
    for (let round = 0; round < (quick ? 1 : 3); round += 1) rows.push(await measureRound(runtime));
  }
  return [
    {
      title:
        'Stack with cached programs: seconds to start, to start again as a no-op, and to stop; MiB of memory',
      rows,
    },
  ];
}

async function measureRound(runtime: string) {
  const stateDir = await mkdtemp(join(tmpdir(), 'ctxd-bench-'));
  const project = `ctxd-bench-${process.pid}`;
  const env = {
    ...process.env,
    ...(await freePortVariables()),
    CTXD_STATE_DIR: stateDir,
    CTXD_PROJECT: project,
  };
  try {
    const start = await timed(env, 'up', '--runtime', runtime);
    const again = await timedAsTyped(env);
    const { printed } = await timed(env, 'status', '--json');
    const supervisor = await identityOf(stateDir, 'supervisor');
    const memoryBytes = memoryOfParts(printed) + ((supervisor && (await memoryOf(supervisor.pid))) ?? 0);
    const stop = await timed(env, 'down');
    return {
      runtime,
      start: start.seconds,
      'no-op': again,
      stop: stop.seconds,
      memory: memoryBytes / mebibyte,
    };
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Times a second `stack:up` in its own process, without npm. */
async function timedAsTyped(env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const { exitCode, output } = await runCommand(process.execPath, [ctxd, 'up'], { env });
  if (exitCode !== 0) throw new Error(`stack:up exited with ${exitCode}: ${output}`);
  return (performance.now() - started) / 1_000;
}

async function timed(env: NodeJS.ProcessEnv, ...args: string[]) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const started = performance.now();
  const exitCode = await stackCommand(args, { env, print, printError: print });
  const seconds = (performance.now() - started) / 1_000;
  if (exitCode === 0) return { seconds, printed: lines.at(-1) ?? '' };
  await stackCommand(['down'], { env, print, printError: print });
  throw new Error(`stack:${args.join(' ')} exited with ${exitCode}: ${lines.join('\n')}`);
}

function memoryOfParts(status: string): number {
  const { data }: { data: { parts: { memoryBytes?: number }[] } } = JSON.parse(status);
  return data.parts.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
}
