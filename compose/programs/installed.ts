import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Program } from './programs.ts';
import { cachedPath } from './cache.ts';
import { runCommand } from '../system/command.ts';
import { exitCodes, StackError } from '../system/stack-error.ts';

/**
 * Path of a program that is already on this machine: from its `homeVariable`, else from `PATH`, else from the cache.
 *
 * @throws StackError when its `homeVariable` is set to a folder that does not hold it.
 */
export async function findProgram(program: Program, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = program.homeVariable && env[program.homeVariable];
  if (home) return await inHome(program, home);
  const cached = cachedPath(program, env);
  return (await onPath(program, env)) ?? ((await isExecutable(cached)) ? cached : undefined);
}

async function inHome({ name, homeVariable, binary }: Program, home: string): Promise<string> {
  const path = join(home, binary);
  if (await isExecutable(path)) return path;
  throw new StackError(
    `Expected ${homeVariable} to be the folder of an unpacked ${name}, but there is no ${path}.`,
    { exitCode: exitCodes.noRuntime },
  );
}

async function onPath({ commands, versionFlag, version, binary }: Program, env: NodeJS.ProcessEnv) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const candidate of commands.flatMap((command) => folders.map((folder) => join(folder, command)))) {
    if (!(await isExecutable(candidate))) continue;
    const path = await realpath(candidate);
    // A program with its own folder needs the files beside it.
    if (binary.includes('/') && !path.endsWith(`/${binary}`)) continue;
    const { output } = await runCommand(path, [versionFlag], { env, timeoutMillis: 5_000 });
    if (mentionsVersion(output, version)) return path;
  }
  return undefined;
}

/** Whether a program's output contains exactly that version: `1.15.0` is neither in `1.15.01` nor in `11.15.0`. */
export function mentionsVersion(output: string, version: string): boolean {
  return new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?![\\d.]\\d|\\d)`).test(output);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
