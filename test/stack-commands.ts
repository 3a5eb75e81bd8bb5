import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { imageReference, imageVariable, parts, type PartName } from '../compose/parts.ts';
import { runCommand } from '../compose/system/command.ts';
import { stackCommand } from '../scripts/stack/main.ts';
import { identityOf } from '../compose/runtime/native/part-process.ts';
import { startTimeOf } from '../compose/system/process.ts';
import { freePortVariables, testFolder } from '../compose/runtime/test-folder.ts';

/** The exit status and the output of a command. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly output: string;
}

/** The stack commands as a user types them, with ports, state and compose project of one test. */
export interface StackCommands extends AsyncDisposable {
  readonly runtime: 'docker' | 'native';
  readonly env: NodeJS.ProcessEnv;
  readonly stateDir: string;
  /** Writes an executable shell script and returns its path. */
  readonly program: (name: string, script: string) => Promise<string>;
  /** Runs one command to its end, in this process. */
  run(...args: string[]): Promise<Finished>;
  /** Runs one command in a child process, sends it a signal once its output matches, and waits for its end. */
  runUntil(printed: RegExp, signal: NodeJS.Signals, ...args: string[]): Promise<Finished>;
  /** The parts' processes, or their containers and network, that still exist. */
  leftovers(): Promise<string[]>;
  /** The process id of a part. */
  pidOf(part: PartName): Promise<number>;
}

const script = join(import.meta.dirname, '../scripts/ctxd.cjs');

/** Makes a stack that never touches the user's, and stops it at the end. */
export async function stackCommands(
  runtime: 'docker' | 'native',
  more: NodeJS.ProcessEnv = {},
): Promise<StackCommands> {
  const folder = await testFolder();
  const stateDir = join(folder.path, 'state');
  const project = `ctxd-test-${process.pid}-${Date.now()}`;
  const env = {
    ...process.env,
    ...(await freePortVariables()),
    ...(runtime === 'docker' && (await imagesAtHand())),
    CTXD_STATE_DIR: stateDir,
    CTXD_PROJECT: project,
    ...more,
  };
  const words = ([command = '', ...args]: string[]) => [script, command, '--runtime', runtime, ...args];
  const run = async (...args: string[]) => await runHere(words(args).slice(1), env);
  const onDocker = runtime === 'docker';
  return {
    runtime,
    env,
    stateDir,
    program: folder.program,
    run,
    runUntil: async (printed, signal, ...args) => await runUntil(words(args), env, printed, signal),
    leftovers: async () => await (onDocker ? containersAndNetworks(project) : processesOf(stateDir)),
    pidOf: async (part) => await (onDocker ? containerPid(project, part) : nativePid(stateDir, part)),
    [Symbol.asyncDispose]: async () => {
      await run('down');
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function runHere(args: string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  const [printed, all]: [string[], string[]] = [[], []];
  const exitCode = await stackCommand(args, {
    env,
    print: (line) => {
      printed.push(line);
      all.push(line);
    },
    printError: (line) => void all.push(line),
  });
  return { exitCode, stdout: `${printed.join('\n')}\n`, output: `${all.join('\n')}\n` };
}

async function runUntil(words: string[], env: NodeJS.ProcessEnv, printed: RegExp, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => void (stdout += String(text)));
  child.stderr.on('data', (text) => void (stderr += String(text)));
  const closed = once(child, 'close');
  const seen = Promise.withResolvers<void>();
  const look = () => printed.test(stdout + stderr) && seen.resolve();
  for (const output of [child.stdout, child.stderr]) output.on('data', look);
  await Promise.race([seen.promise, closed]);
  child.kill(signal);
  await closed;
  return { exitCode: child.exitCode ?? -1, stdout, output: stdout + stderr };
}

/** Variables that choose images by tag where this machine has them by tag only, as when loaded from files. */
export async function imagesAtHand(): Promise<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const { name, image } of parts) {
    const byTag = `${image.name}:${image.tag}`;
    const has = async (reference: string) =>
      (await runCommand('docker', ['image', 'inspect', reference])).exitCode === 0;
    if (!(await has(imageReference(image))) && (await has(byTag))) images[imageVariable(name)] = byTag;
  }
  return images;
}

async function containersAndNetworks(project: string): Promise<string[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const [containers, networks] = await Promise.all([
    runCommand('docker', ['ps', '--all', ...filter, '--format', '{{.Names}}']),
    runCommand('docker', ['network', 'ls', ...filter, '--format', '{{.Name}}']),
  ]);
  return `${containers.stdout}${networks.stdout}`.split('\n').filter(Boolean);
}

async function processesOf(stateDir: string): Promise<string[]> {
  const alive: string[] = [];
  for (const name of [...parts.map((part) => part.name), 'supervisor']) {
    const identity = await identityOf(stateDir, name);
    if (identity && (await startTimeOf(identity.pid)) === identity.startTime) alive.push(name);
  }
  return alive;
}

const nativePid = async (stateDir: string, part: PartName) => (await identityOf(stateDir, part))?.pid ?? 0;

async function containerPid(project: string, part: PartName): Promise<number> {
  const name = `${project}-${part}-1`;
  return Number((await runCommand('docker', ['inspect', '--format', '{{.State.Pid}}', name])).stdout);
}
