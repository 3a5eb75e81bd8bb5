import { hostname } from 'node:os';
import { join } from 'node:path';
import { claudeFolder } from './claude-folder.ts';
import { namesOf, type Part, type PartName, parts as allParts } from '../../parts.ts';
import { inContainer } from '../../compose-file.ts';
import { bindAddress, portVariable } from '../../ports.ts';
import { partFailure } from '../await-healthy.ts';
import {
  type CommandOptions,
  type CommandResult,
  lastWords,
  lineByLine,
  runCommand,
} from '../../system/command.ts';
import { allEnded } from '../../system/concurrency.ts';
import { checkOutcome, checkWords } from '../configuration.ts';
import { containersOf, crashesIn, projectFilter, usageOf } from './containers.ts';
import { hasImage, outdatedParts, pullImages } from './images.ts';
import type { Stack, UnwatchedRuntime } from '../runtime.ts';
import { StackError } from '../../system/stack-error.ts';
import { surroundingsOf } from '../surroundings.ts';

const composeFile = join(import.meta.dirname, '../../generated/compose.yaml');

/** Runs the parts as containers of one compose project: `ctxd`, unless `CTXD_PROJECT` says otherwise. */
export function dockerRuntime(stack: Stack): UnwatchedRuntime {
  const { env, print, signal } = stack;
  const project = env.CTXD_PROJECT || 'ctxd';
  const composeWith = async (args: readonly string[], options: CommandOptions = {}) => {
    const variables = { ...env, ...(await composeEnvironment(stack)) };
    const words = ['compose', '-p', project, '-f', composeFile, ...args];
    return await runCommand('docker', words, { env: variables, ...options });
  };
  const compose = async (...args: string[]) => await composeWith(args);
  const logTail = async (name: PartName, lines: number) => {
    const { output } = await compose('logs', '--no-color', '--no-log-prefix', '--tail', String(lines), name);
    return output.trimEnd().split('\n');
  };
  // Without names compose would take all services, so empty lists return early.
  return {
    name: 'docker',
    running: async () => await runningServices(project, env),
    crashed: async () => crashesIn(await containersOf(project, env)),
    outdated: async () => await outdatedParts(await containersOf(project, env), env),
    recover: async () => {},
    has: async (part) => await hasImage(part, env),
    prepare: async (parts, pull) => await pullImages(parts, stack, pull),
    check: async (parts) => {
      const [first, ...rest] = parts.filter(({ check }) => check !== undefined);
      if (first === undefined) return;
      try {
        // The first one alone, because it creates the network: several at once would create several networks.
        await checkInContainer(first, project, stack, composeWith);
        await allEnded(rest.map(async (part) => await checkInContainer(part, project, stack, composeWith)));
      } catch (error) {
        if ((await runningServices(project, env)).size === 0) await compose('down', '--remove-orphans');
        throw error;
      }
    },
    start: async (parts) => {
      if (parts.length === 0) return;
      const result = await composeWith(['up', '-d', '--quiet-pull', ...namesOf(parts)], { signal });
      const culprit = result.exitCode === 0 ? undefined : culpritIn(lastWords(result));
      if (culprit)
        throw await partFailure(`${culprit.name} stopped right after it started`, culprit, { logTail });
      succeeded(result, 'start');
    },
    // Docker itself restarts what crashes.
    stop: async (parts) => {
      const whole = parts.length === allParts.length;
      const args = whole ? ['down', '--remove-orphans'] : ['rm', '--stop', '--force', ...namesOf(parts)];
      if (parts.length > 0) succeeded(await compose(...args), 'stop');
    },
    usage: async () => await usageOf(await containersOf(project, env), env),
    logTail,
    printLogs: async (names, { tail, follow }) => {
      const prefix = names.length > 1 ? [] : ['--no-log-prefix'];
      const words = [
        'logs',
        '--no-color',
        ...prefix,
        '--tail',
        String(tail),
        ...(follow ? ['-f'] : []),
        ...names,
      ];
      await composeWith(words, { onOutput: lineByLine(print), ...(follow && { signal }) });
    },
  };
}

type Compose = (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

// `run` publishes no port, and the data folder is temporary, so a running stack is not disturbed.
async function checkInContainer(part: Part, project: string, stack: Stack, compose: Compose): Promise<void> {
  const name = `${project}-check-${part.name}`;
  const { publicUrl, setting } = surroundingsOf(part, stack);
  const at = { ...inContainer(part), dataDir: '/tmp/ctxd-check', publicUrl, setting };
  const run = ['run', '--rm', '--no-deps', '-T', '--name', name, part.name, ...checkWords(part, at)];
  try {
    await checkOutcome(part, stack.signal, (options) => compose(run, options));
  } finally {
    // A check that was stopped leaves its container behind.
    if (part.check?.accepted || stack.signal?.aborted)
      await runCommand('docker', ['rm', '--force', name], { env: stack.env });
  }
}

/** The failed part that others depend on, from compose's error message. */
function culpritIn(words: string): Part | undefined {
  const name = /dependency failed to start: container \S+-(\w+)-\d+ /.exec(words)?.[1];
  return allParts.find((part) => part.name === name);
}

async function composeEnvironment({ stateDir, ports, env }: Stack): Promise<Record<string, string>> {
  const variables: Record<string, string> = {
    CTXD_STATE_DIR: stateDir,
    CTXD_CLAUDE_DIR: await claudeFolder(stateDir, env),
    CTXD_USER: await containerUser(env),
    CTXD_BIND: bindAddress(env),
    // A container's own host name is its id.
    CTXD_HOST_NAME: env.CTXD_HOST_NAME || hostname(),
  };
  for (const { name, healthPort } of allParts) {
    variables[portVariable(name)] = String(ports[name].main);
    if (healthPort !== undefined) variables[portVariable(name, 'health')] = String(ports[name].health);
  }
  return variables;
}

// The owner of the state folder as seen inside a container: a rootless engine maps that user to root.
async function containerUser(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await runCommand('docker', ['info', '--format', '{{.SecurityOptions}}'], { env });
  return stdout.includes('name=rootless') ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}

async function runningServices(project: string, env: NodeJS.ProcessEnv): Promise<Set<PartName>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.State}}';
  const args = ['ps', '--all', ...projectFilter(project), '--format', format];
  const { stdout } = await runCommand('docker', args, { env });
  const lines = new Set(stdout.split('\n'));
  return new Set(namesOf(allParts).filter((name) => lines.has(`${name} running`)));
}

function succeeded(result: CommandResult, what: string): void {
  if (result.exitCode === 0) return;
  throw new StackError(`Docker could not ${what} the stack: ${lastWords(result)}`);
}
