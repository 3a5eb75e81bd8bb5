import { access, constants, mkdir, mkdtemp, realpath, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Program } from './programs.ts';
import { runCommand } from '../runtime/command.ts';
import { download } from './download.ts';
import { goBuild } from './go-build.ts';
import { NotAvailable, type Sources, thisTarget } from './sources.ts';
import { exitCodes, StackError } from '../runtime/stack-error.ts';

/**
 * Path of a program of the pinned version: from `PATH`, from the cache, else downloaded, else built with Go.
 *
 * @throws StackError when no way leads to it, or when a download has the wrong checksum.
 */
export async function acquire(program: Program, sources: Sources): Promise<string> {
  return (await findProgram(program, sources.env)) ?? (await obtain(program, sources));
}

/** Path of a program that is already on this machine, or nothing. */
export async function findProgram(program: Program, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = program.homeVariable && env[program.homeVariable];
  if (home) return await ownHome(program, home);
  const cached = join(cacheFolder(program, env), program.binary);
  return (await onPath(program, env)) ?? ((await isExecutable(cached)) ? cached : undefined);
}

async function ownHome({ name, homeVariable, binary }: Program, home: string): Promise<string> {
  const path = join(home, binary);
  if (await isExecutable(path)) return path;
  throw new StackError(
    `Expected ${homeVariable} to be the folder of an unpacked ${name}, but there is no ${path}.`,
    {
      exitCode: exitCodes.noRuntime,
    },
  );
}

async function onPath({ commands, versionFlag, version, binary }: Program, env: NodeJS.ProcessEnv) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const candidate of commands.flatMap((command) => folders.map((folder) => join(folder, command)))) {
    if (!(await isExecutable(candidate))) continue;
    const path = await realpath(candidate);
    // A program in a folder of its own needs what lies beside it.
    if (binary.includes('/') && !path.endsWith(`/${binary}`)) continue;
    const { output } = await runCommand(path, [versionFlag], { env, timeoutMillis: 5_000 });
    if (mentionsVersion(output, version)) return path;
  }
  return undefined;
}

/** Whether a program's words contain exactly that version: `1.15.0` is not in `1.15.01` nor in `11.15.0`. */
export function mentionsVersion(output: string, version: string): boolean {
  return new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?![\\d.]\\d|\\d)`).test(output);
}

async function obtain(program: Program, sources: Sources): Promise<string> {
  const folder = cacheFolder(program, sources.env);
  const refusals: string[] = [];
  for (const way of [download, goBuild]) {
    try {
      await intoCache(folder, async (draft) => await way(program, draft, sources));
      return join(folder, program.binary);
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      refusals.push(error.message);
    }
  }
  throw new StackError(
    `${program.name} ${program.version} is not on this machine: ${refusals.join(', and ')}.`,
    {
      remedy: remedyFor(program),
      exitCode: exitCodes.noRuntime,
    },
  );
}

function remedyFor({ name, version, commands, go, homeVariable }: Program): string {
  if (homeVariable)
    return `Unpack ${name} ${version} from https://grafana.com/grafana/download and set ${homeVariable} to its folder.`;
  return `Start Docker, or ${go ? 'install Go, or ' : ''}connect to the network, or put ${commands[0]} ${version} on PATH.`;
}

/** Fills a draft folder and only then gives it its name: the cache never holds half a program. */
async function intoCache(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, '.draft-'));
  try {
    await mkdir(join(draft, 'result'));
    await fill(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(join(draft, 'result'), folder);
  } finally {
    await runCommand('chmod', ['-R', 'u+w', draft]);
    await rm(draft, { recursive: true, force: true });
  }
}

function cacheFolder({ name, version }: Program, env: NodeJS.ProcessEnv): string {
  const { os, arch } = thisTarget();
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'ctxd');
  return join(cache, `${name}-${version}-${os}-${arch}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
