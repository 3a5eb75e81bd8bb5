import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  imageReference,
  imageVariable,
  type Part,
  type PartName,
  parts as allParts,
} from '../../compose/parts.ts';
import { portVariable } from '../../compose/ports.ts';
import { type CommandResult, lastWords, runCommand } from './command.ts';
import type { LeftOut, Runtime, Stack } from './runtime.ts';
import { exitCodes, StackError } from './stack-error.ts';

const composeFile = join(import.meta.dirname, '../../compose/generated/compose.yaml');

/** Why Docker cannot be used: no engine answers, or it lacks the compose plugin. Nothing when it can. */
export async function dockerProblem(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const run = async (...args: string[]) => await runCommand('docker', args, { env, timeoutMillis: 10_000 });
  const engine = await run('version', '--format', '{{.Server.Version}}');
  if (engine.exitCode !== 0) return `No Docker engine answers (${lastWords(engine)})`;
  const compose = await run('compose', 'version');
  return compose.exitCode === 0 ? undefined : 'Docker answers, but has no compose plugin';
}

/** Runs the parts as containers of one compose project: `ctxd`, unless `CTXD_PROJECT` says otherwise. */
export function dockerRuntime(stack: Stack): Runtime {
  const { env } = stack;
  const project = env.CTXD_PROJECT || 'ctxd';
  const compose = async (...args: string[]) => {
    const options = { env: { ...env, ...(await composeEnvironment(stack)) } };
    return await runCommand('docker', ['compose', '-p', project, '-f', composeFile, ...args], options);
  };
  // Without names compose takes all services: nothing to do must not become that.
  return {
    name: 'docker',
    running: async () => await runningServices(project, env),
    has: async (part) => await hasImage(part, env),
    prepare: async (parts) => await pullAll(parts, stack),
    start: async (parts) => {
      if (parts.length > 0) succeeded(await compose('up', '-d', '--quiet-pull', ...namesOf(parts)), 'start');
    },
    stop: async (parts) => {
      const whole = parts.length === allParts.length;
      const args = whole ? ['down', '--remove-orphans'] : ['rm', '--stop', '--force', ...namesOf(parts)];
      if (parts.length > 0) succeeded(await compose(...args), 'stop');
    },
    logTail: async (name, lines) => {
      const { output } = await compose(
        'logs',
        '--no-color',
        '--no-log-prefix',
        '--tail',
        String(lines),
        name,
      );
      return output.trimEnd().split('\n');
    },
  };
}

const namesOf = (parts: readonly Part[]) => parts.map(({ name }) => name);

async function composeEnvironment({ stateDir, ports, env }: Stack): Promise<Record<string, string>> {
  const variables: Record<string, string> = {
    CTXD_STATE_DIR: stateDir,
    CTXD_USER: await containerUser(env),
    // A container is called by its number.
    CTXD_HOST_NAME: env.CTXD_HOST_NAME || hostname(),
  };
  for (const { name, healthPort } of allParts) {
    variables[portVariable(name)] = String(ports[name].main);
    if (healthPort !== undefined) variables[portVariable(name, 'health')] = String(ports[name].health);
  }
  return variables;
}

// Who owns the state folder, seen from inside a container: a rootless engine calls that user root.
async function containerUser(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await runCommand('docker', ['info', '--format', '{{.SecurityOptions}}'], { env });
  return stdout.includes('name=rootless') ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}

async function runningServices(project: string, env: NodeJS.ProcessEnv): Promise<Set<PartName>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.State}}';
  const filter = `label=com.docker.compose.project=${project}`;
  const { stdout } = await runCommand('docker', ['ps', '--all', '--filter', filter, '--format', format], {
    env,
  });
  const lines = new Set(stdout.split('\n'));
  return new Set(namesOf(allParts).filter((name) => lines.has(`${name} running`)));
}

async function pullAll(parts: readonly Part[], { env, print }: Stack): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  for (const part of parts) {
    if (await hasImage(part, env)) continue;
    print(`Pulling ${imageOf(part, env)} …`);
    const result = await runCommand('docker', ['pull', '--quiet', imageOf(part, env)], { env });
    if (result.exitCode === 0) continue;
    const error = notPulled(part, env, result);
    if (part.optional === undefined) throw error;
    leftOut.push({ part, reason: error.message });
  }
  return leftOut;
}

function notPulled(part: Part, env: NodeJS.ProcessEnv, result: CommandResult): StackError {
  return new StackError(`The image of ${part.name} is not here and cannot be pulled: ${lastWords(result)}.`, {
    remedy: `Set ${imageVariable(part.name)} to an image that this machine has or reaches, in place of ${imageOf(part, env)}.`,
    exitCode: exitCodes.noRuntime,
  });
}

async function hasImage(part: Part, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await runCommand('docker', ['image', 'inspect', imageOf(part, env)], { env })).exitCode === 0;
}

function imageOf({ name, image }: Part, env: NodeJS.ProcessEnv): string {
  return env[imageVariable(name)] || imageReference(image);
}

function succeeded(result: CommandResult, what: string): void {
  if (result.exitCode === 0) return;
  throw new StackError(`Docker could not ${what} the stack: ${lastWords(result)}`);
}
