import { rm, rmdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { bytesInWords } from '../../compose/system/bytes.ts';
import { homeIn, isPackage, npxFolder, programFolder } from '../../compose/system/folders.ts';
import { exitCodes, messageOf, StackError, UsageError } from '../../compose/system/stack-error.ts';
import { table } from '../../dashboards/text/table.ts';
import { turnOff } from '../autostart/main.ts';
import { serviceOf, startsAtLogin } from '../autostart/service.ts';
import { disconnect } from '../connect/disconnect.ts';
import { placesFor } from '../connect/places.ts';
import type { Surface } from '../reach/surface.ts';
import { stackCommand } from '../stack/main.ts';
import { connections } from './connections.ts';
import { holdsSomething, tracesIn } from './traces.ts';

const usage = `Usage: ctxd uninstall [--yes]

Disconnects Claude Code, stops the stack, and deletes everything that ctxd has written into your folders: data, secrets,
settings, programs and autostart. It lists that with sizes and asks first.

  --yes, -y   Does not ask.
  --help, -h  Prints this help.

To keep the data, make a backup first: npm run stack:backup -- FILE

Exit status: 0 ok, 1 failure or nothing deleted, 2 usage error.`;

/** Runs `ctxd uninstall` and returns its exit status. */
export async function uninstallCommand(args: readonly string[], surface: Surface): Promise<number> {
  const { env, print } = surface;
  const { yes, help } = parsed(args);
  if (help) {
    print(usage);
    return exitCodes.ok;
  }
  const [traces, connected] = await Promise.all([tracesIn(env), connections(env)]);
  if (traces.length + connected.length === 0) print('ctxd has written nothing into your folders.');
  else {
    for (const { path } of connected) print(`Disconnect Claude Code: ${path}`);
    const rows = traces.map(({ path, meaning, bytes }) => [`  ${bytesInWords(bytes)}`, path, meaning]);
    if (rows.length > 0) print('Stop the stack and delete:');
    for (const line of table(rows)) print(line);
    await expectConsent(yes, surface);
    await removeAll(connected, surface);
    print('Deleted.');
  }
  print(howToRemoveProgram());
  return exitCodes.ok;
}

function parsed(args: readonly string[]) {
  const options = {
    yes: { type: 'boolean', short: 'y', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(messageOf(error), { remedy: 'See ctxd uninstall --help' });
  }
}

async function expectConsent(yes: boolean, { confirm }: Surface): Promise<void> {
  if (yes) return;
  if (confirm === undefined)
    throw new UsageError('Nothing was deleted: nobody is there to answer.', {
      remedy: 'Answer in advance: npm run ctxd -- uninstall --yes',
    });
  if (!(await confirm('Delete all this for good?'))) throw new StackError('Nothing was changed.');
}

async function removeAll(
  connected: Awaited<ReturnType<typeof connections>>,
  surface: Surface,
): Promise<void> {
  const { env, printError } = surface;
  const quiet = { ...surface, print: () => undefined };
  for (const request of connected) {
    // Settings that somebody has changed stay, and so does what they need.
    await disconnect(request, quiet).catch((error: unknown) => printError(messageOf(error)));
  }
  if (startsAtLogin(env)) await turnOff(serviceOf(env), surface);
  const isStarted = (await readRecord(stateDirFrom(env))) !== undefined;
  if (isStarted && (await stackCommand(['down'], { ...quiet, terminal: undefined })) !== exitCodes.ok)
    throw new StackError('The stack does not stop, so its files were not deleted.');
  const traces = await tracesIn(env);
  for (const { path } of traces) await rm(path, { recursive: true, force: true });
  for (const path of [
    ...traces.map((trace) => trace.path),
    placesFor('user', '/', env).settings,
    serviceOf(env).file,
  ])
    await removeEmptyParents(path, homeIn(env));
}

/** Removes the folders above a path that are empty now, up to the home folder. */
async function removeEmptyParents(path: string, home: string): Promise<void> {
  const folder = dirname(path);
  if (!folder.startsWith(resolve(home) + sep) || (await holdsSomething(folder))) return;
  await rmdir(folder).catch(() => undefined);
  await removeEmptyParents(folder, home);
}

function howToRemoveProgram(): string {
  if (!isPackage) return `The clone itself stays: ${programFolder}`;
  return npxFolder === undefined
    ? 'Remove the program itself, too: npm uninstall --global ctxd'
    : `npx keeps a copy of the program. Remove it, too: rm -r '${npxFolder}'`;
}
