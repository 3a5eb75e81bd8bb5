import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { readRecord, stateDirFrom, writeOwn } from '../../compose/runtime/state.ts';
import { variablesOf, withVariables } from '../../compose/runtime/variables.ts';
import { lastWords, runCommand } from '../../compose/system/command.ts';
import { ctxdScript, npxFolder } from '../../compose/system/folders.ts';
import { exitCodes, StackError, UsageError } from '../../compose/system/stack-error.ts';
import { readSettingsFiles } from '../reach/settings-file.ts';
import type { Surface } from '../reach/surface.ts';
import { type Service, serviceOf, startsAtLogin } from './service.ts';

const usage = `Usage: ctxd autostart [on|off]

  on   Starts the stack whenever you log in, with its present settings: a systemd user unit or, on macOS, a launchd agent.
  off  Undoes that. The stack keeps running.

Without on or off it says which of the two it is.

Exit status: 0 ok, 1 failure, 2 usage error.`;

type AutostartSurface = Pick<Surface, 'env' | 'print'>;

/** Runs `ctxd autostart` and returns its exit status. */
export async function autostartCommand(args: readonly string[], surface: AutostartSurface): Promise<number> {
  const { env, print } = surface;
  if (args.includes('--help') || args.includes('-h')) {
    print(usage);
    return exitCodes.ok;
  }
  const [word = '', ...others] = args;
  const run = { on: turnOn, off: turnOff, '': report }[word];
  if (run === undefined || others.length > 0)
    throw new UsageError(`Expected on or off, got \`${args.join(' ')}\``, {
      remedy: 'See ctxd autostart --help',
    });
  await run(serviceOf(env), surface);
  return exitCodes.ok;
}

async function report(service: Service, { env, print }: AutostartSurface): Promise<void> {
  print(
    startsAtLogin(env) ? `The stack starts at login: ${service.file}` : 'The stack does not start at login.',
  );
}

/** Writes the service's file and puts it into effect. If that fails, the file is deleted. */
export async function turnOn(service: Service, { env, print }: AutostartSurface): Promise<void> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  const start = [process.execPath, ctxdScript];
  const runtime = record === undefined ? [] : ['--runtime', record.runtime];
  const logFile = join(stateDir, 'log/autostart.log');
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  const launch = {
    command: [...start, 'up', ...runtime],
    stopCommand: [...start, 'down'],
    variables: variablesFor(withVariables(env, record?.variables ?? variablesOf(env))),
    logFile,
  };
  for (const words of service.disable) await runCommand(words[0] ?? '', words.slice(1), { env });
  await writeOwn(service.file, service.text(launch));
  try {
    for (const words of service.enable) await expectSuccess(words, env);
  } catch (error) {
    await rm(service.file, { force: true });
    throw error;
  }
  print(`The stack starts at login from now on: ${service.file}`);
  if (npxFolder !== undefined)
    print(
      'It runs the copy that npx keeps. For one that stays until you remove it: npm install --global ctxd',
    );
  print('To undo: npm run ctxd -- autostart off');
}

/** Undoes `turnOn`. The stack keeps running. */
export async function turnOff(service: Service, { env, print }: AutostartSurface): Promise<void> {
  for (const words of service.disable) await runCommand(words[0] ?? '', words.slice(1), { env });
  await rm(service.file, { force: true });
  for (const words of service.forget) await runCommand(words[0] ?? '', words.slice(1), { env });
  print('The stack does not start at login any more.');
}

async function expectSuccess(words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const result = await runCommand(words[0] ?? '', words.slice(1), { env });
  if (result.exitCode === 0) return;
  throw new StackError(`\`${words.join(' ')}\` failed, so nothing was changed: ${lastWords(result)}`, {
    remedy: 'Start the stack yourself after a reboot: npm run stack:up',
  });
}

/** What a login shell lacks: this shell's settings, unless they come from a settings file, and its places. No secrets. */
function variablesFor(env: NodeJS.ProcessEnv): Record<string, string> {
  const filed = Object.assign(
    {},
    ...readSettingsFiles(env)
      .map(({ text }) => parseEnv(text))
      .toReversed(),
  ) as Record<string, string>;
  const wanted =
    /^(CTXD_(?!.*TOKEN$)\w+|GRAFANA_HOME|CLAUDE_\w+|XDG_(STATE|CACHE|CONFIG)_HOME|PATH|DOCKER_HOST)$/;
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        wanted.test(entry[0]) &&
        Boolean(entry[1]) &&
        filed[entry[0]] !== entry[1] &&
        !/[\r\n]/.test(entry[1] ?? ''),
    ),
  );
}
