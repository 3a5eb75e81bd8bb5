import type { Program } from './programs.ts';

/** Shows the progress of the builds until it is disposed of. */
interface BuildProgress extends Disposable {
  /** Compiles one program, and prints how long that took. */
  readonly during: (program: Program, compile: () => Promise<void>) => Promise<void>;
}

/** The state of the builds at one moment. */
interface BuildState {
  readonly seconds: number;
  readonly built: readonly string[];
  /** The program that compiles. */
  readonly current: string | undefined;
  readonly waiting: readonly string[];
}

const heartbeatMillis = 20_000;

/** Prints which programs are built and how long that takes, and the progress every 20 s. */
export function startBuildProgress(
  programs: readonly Program[],
  cores: number,
  print: (line: string) => void,
): BuildProgress {
  const names = programs.map(({ name }) => name);
  const built: string[] = [];
  let current: string | undefined;
  const secondsSince = (startMillis: number) => Math.round((Date.now() - startMillis) / 1_000);
  const startedMillis = Date.now();
  print(`Building ${names.join(', ')} from Go modules: ${buildEstimate(programs, cores)}, only this once …`);
  const heartbeat = setInterval(() => {
    const waiting = names.filter((name) => name !== current && !built.includes(name));
    print(progressLine({ seconds: secondsSince(startedMillis), built, current, waiting }));
  }, heartbeatMillis);
  return {
    during: async ({ name }, compile) => {
      const compileStartMillis = Date.now();
      current = name;
      await compile();
      built.push(name);
      current = undefined;
      print(`  built ${name} in ${secondsSince(compileStartMillis)} s`);
    },
    [Symbol.dispose]: () => clearInterval(heartbeat),
  };
}

/** One line about the state of the builds. */
export function progressLine({ seconds, built, current, waiting }: BuildState): string {
  const total = built.length + waiting.length + (current === undefined ? 0 : 1);
  const now = current === undefined ? 'downloading modules' : `compiling ${current}`;
  const next = waiting.length === 0 ? '' : `, to do: ${waiting.join(', ')}`;
  return `  ${seconds} s: ${built.length} of ${total} built, ${now}${next}`;
}

/** The standard library, which the first program compiles for all of them. */
const standardLibraryCpuSeconds = 30;

/** How long the builds take with empty Go caches, from a fast machine to one half as fast. */
export function buildEstimate(programs: readonly Program[], cores: number): string {
  const cpuSeconds = programs.reduce((sum, { go }) => sum + (go?.cpuSeconds ?? 0), standardLibraryCpuSeconds);
  const minutes = Math.ceil(cpuSeconds / cores / 60);
  return `${minutes} to ${2 * minutes} minutes on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}
