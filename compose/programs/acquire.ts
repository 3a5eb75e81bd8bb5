import { cachedPath, intoCache, lockCache } from './cache.ts';
import { download } from './download.ts';
import { goBuildAll } from './go-build.ts';
import { findProgram } from './installed.ts';
import type { Program } from './programs.ts';
import { NotAvailable, type Sources } from './sources.ts';
import { exitCodes, StackError } from '../system/stack-error.ts';

/** Path of one program; see `acquireAll`. */
export async function acquire(program: Program, sources: Sources): Promise<string> {
  const [path = ''] = await acquireAll([program], sources);
  return path;
}

/**
 * Paths of programs of the pinned versions, in the given order: found on this machine, else downloaded, else built with
 * Go. Only one process at a time fills the cache; others wait and use its result.
 *
 * @throws StackError for a program that none of these ways provides, or whose download has the wrong checksum.
 */
export async function acquireAll(programs: readonly Program[], sources: Sources): Promise<string[]> {
  const { env } = sources;
  const found = await Promise.all(programs.map(async (program) => await findProgram(program, env)));
  if (found.includes(undefined)) await fetchMissing(programs, sources);
  return programs.map((program, index) => found[index] ?? cachedPath(program, env));
}

async function fetchMissing(programs: readonly Program[], sources: Sources): Promise<void> {
  await using _lock = await lockCache(sources);
  const refusals = new Map<Program, string>();
  for (const program of programs) {
    // Another process may have fetched it while this one waited for the lock.
    if ((await findProgram(program, sources.env)) !== undefined) continue;
    const refusal = await tryDownload(program, sources);
    if (refusal !== undefined) refusals.set(program, refusal);
  }
  const failure = await goBuildAll([...refusals.keys()], sources);
  if (failure) throw unavailable(failure.program, [refusals.get(failure.program), failure.reason]);
}

/** Downloads a program, or returns why that is not possible. */
async function tryDownload(program: Program, sources: Sources): Promise<string | undefined> {
  try {
    await intoCache(program, sources, async (draft) => await download(program, draft, sources));
    return undefined;
  } catch (error) {
    if (error instanceof NotAvailable) return error.message;
    throw error;
  }
}

function unavailable(program: Program, reasons: readonly (string | undefined)[]): StackError {
  const { name, version } = program;
  return new StackError(`${name} ${version} is not on this machine: ${reasons.join(', and ')}.`, {
    remedy: remedyFor(program),
    exitCode: exitCodes.noRuntime,
  });
}

function remedyFor({ name, version, commands, go, homeVariable }: Program): string {
  if (homeVariable)
    return `Unpack ${name} ${version} from https://grafana.com/grafana/download and set ${homeVariable} to its folder.`;
  return `Start Docker, or ${go ? 'install Go, or ' : ''}connect to the network, or put ${commands[0]} ${version} on PATH.`;
}
