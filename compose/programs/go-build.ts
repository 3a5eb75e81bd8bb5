import { copyFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startBuildProgress } from './build-progress.ts';
import { intoCache } from './cache.ts';
import type { Program } from './programs.ts';
import { NotAvailable, type Sources } from './sources.ts';
import { lastWords, runCommand } from '../system/command.ts';
import { allEnded } from '../system/concurrency.ts';

/** A program that could not be built, and why. */
interface BuildFailure {
  readonly program: Program;
  readonly reason: string;
}

type Work = () => Promise<void>;

/** How a program is built. */
interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Runs the compilation when it is this program's turn. */
  readonly inTurn: (compile: Work) => Promise<void>;
}

/**
 * Builds programs of the pinned versions from their Go modules into the cache. They download their modules at the same
 * time and compile one after another, because each compilation uses all cores and they share packages.
 *
 * @returns the first program that could not be built; that stops the others.
 */
export async function goBuildAll(
  programs: readonly Program[],
  sources: Sources,
): Promise<BuildFailure | undefined> {
  const env = goEnvironment(sources.env);
  const problem = await whyNotBuildable(programs, env);
  if (problem || programs.length === 0) return problem;
  using progress = startBuildProgress(programs, availableParallelism(), sources.print);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(sources.signal ? [sources.signal] : [])]);
  const queue = oneAfterAnother();
  let failure: BuildFailure | undefined;
  const builds = programs.map(async (program) => {
    const inTurn = async (compile: Work) => await queue(() => progress.during(program, compile));
    try {
      await intoCache(program, sources, (draft) => build(program, draft, { env, signal, inTurn }));
    } catch (error) {
      stop.abort(error);
      if (!(error instanceof NotAvailable)) throw error;
      failure ??= { program, reason: error.message };
    }
  });
  await allEnded(builds);
  return failure;
}

// The standard library and shared packages compile once, because all programs have the same flags.
const buildFlags = ['-trimpath', '-gcflags=all=-dwarf=false'];

function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const flags = `${env.GOFLAGS ?? ''} -mod=mod -buildvcs=false`.trim();
  // The compiler takes a tenth less CPU when it collects its garbage half as often.
  return { ...env, CGO_ENABLED: '0', GOFLAGS: flags, GOGC: env.GOGC || '200' };
}

async function whyNotBuildable(
  programs: readonly Program[],
  env: NodeJS.ProcessEnv,
): Promise<BuildFailure | undefined> {
  const [first] = programs;
  if (first === undefined) return undefined;
  const program = programs.find(({ go }) => go === undefined);
  if (program) return { program, reason: 'it cannot be built with Go' };
  const { exitCode } = await runCommand('go', ['version'], { env });
  return exitCode === 0 ? undefined : { program: first, reason: 'Go is not installed' };
}

// As a dependency of an empty module: `go install` refuses modules with replace or exclude directives.
async function build({ go, binary }: Program, draft: string, { env, signal, inTurn }: BuildOptions) {
  if (go === undefined) return;
  const run = async (...args: string[]) => {
    const result = await runCommand('go', args, { cwd: draft, env, signal });
    if (result.exitCode !== 0) throw new NotAvailable(`it does not build with Go (${lastWords(result)})`);
  };
  if (go.main) await copyFile(join(import.meta.dirname, go.main), join(draft, 'main.go'));
  await run('mod', 'init', 'ctxd.local/build');
  await run('mod', 'edit', ...go.requires.map((module) => `-require=${module}`));
  // Downloads the modules of the packages that are compiled, and no others.
  await run('list', '-deps', go.package);
  const out = join(draft, 'result', binary);
  await inTurn(() => run('build', ...buildFlags, `-ldflags=-s -w ${go.ldflags}`, '-o', out, go.package));
}

function oneAfterAnother(): (work: Work) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
