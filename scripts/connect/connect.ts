import { isDeepStrictEqual } from 'node:util';
import { runCommand } from '../../compose/system/command.ts';
import { exitCodes } from '../../compose/system/stack-error.ts';
import { writeOwn } from '../../compose/runtime/state.ts';
import { isAgreed, type Surface } from './agreement.ts';
import type { ConnectArguments } from './arguments.ts';
import { claudeVersion, connectionIn, rankedSettings } from './claude-code.ts';
import { type Connection, type Source, sourcesOf } from './connected-settings.ts';
import { endpointsFrom } from '../reach/endpoints.ts';
import { printRemoteSettings } from './remote-settings.ts';
import { outboundLines } from './outbound.ts';
import { eventsHooked, nudgeEvent, type Settings } from './hooks.ts';
import { isOwn, isStatusLine } from './status-line.ts';
import { type Places, placesFor } from './places.ts';
import { connected, disconnected, readConnection, writeConnection } from './record.ts';
import { parseSettings, readSettings, type SettingsFile, writeSettings } from './settings-file.ts';
import { wrapperText } from './wrapper-text.ts';

/** Connects Claude Code's settings to the stack and returns the exit status. */
export async function connect(request: ConnectArguments, surface: Surface): Promise<number> {
  if (request.collector !== undefined) return await printRemoteSettings(request.collector, surface);
  const places = placesFor(request.scope, request.folder, surface.env);
  const file = await readSettings(places.settings);
  const before = await textWithoutOurs(file, places);
  const settings = parseSettings(places.settings, before ?? '');
  const nudge = request.nudge ?? (await isNudged(file.settings, surface));
  const replaceStatusLine = request.replaceStatusLine === true || isReplaced(file.settings);
  const connection = await connectionFor({ ...request, nudge, replaceStatusLine }, places, settings, surface);
  const record = connected(places.settings, before, connection);
  const sources = sourcesOf(settings, connection);
  const outbound = outboundLines(await endpointsFrom(surface.env));
  for (const line of summary(request, places, sources, outbound)) surface.print(line);

  if (isDeepStrictEqual(parseSettings(places.settings, record.after), file.settings)) {
    return await leaveAsItIs(places, sources, surface);
  }
  if (!(await isAgreed({ file, text: record.after }, request, surface))) {
    return request.dryRun ? exitCodes.ok : exitCodes.failure;
  }
  await keepWrapper(places, surface.env);
  await writeConnection(places, record);
  await writeSettings(file, record.after);
  for (const line of await nextSteps(request, places)) surface.print(line);
  return exitCodes.ok;
}

/** The file's text without our settings. Connecting again starts from it, which updates an older connection. */
async function textWithoutOurs({ text }: SettingsFile, places: Places): Promise<string | undefined> {
  const record = await readConnection(places);
  return record === undefined || text === undefined ? text : disconnected(text, record);
}

/** Connecting again keeps the sentences of sessions. */
async function isNudged(settings: Settings, { env }: Surface): Promise<boolean> {
  const { receiverUrl } = await endpointsFrom(env);
  return eventsHooked(settings, receiverUrl).includes(`hooks.${nudgeEvent}`);
}

/** Connecting again keeps ctxd's status line. */
function isReplaced({ statusLine }: Settings): boolean {
  return isStatusLine(statusLine) && isOwn(statusLine);
}

async function connectionFor(
  {
    statusLine,
    nudge,
    replaceStatusLine,
  }: Pick<ConnectArguments, 'statusLine' | 'replaceStatusLine'> & { readonly nudge: boolean },
  places: Places,
  settings: Settings,
  { env }: Surface,
): Promise<Connection> {
  const others = await rankedSettings(places);
  const ranked = others.map((file) => (file.path === places.settings ? { path: file.path, settings } : file));
  const [endpoints, version] = await Promise.all([endpointsFrom(env), claudeVersion(env)]);
  return connectionIn({
    endpoints,
    places,
    ranked,
    env,
    version,
    nudge,
    replaceStatusLine,
    wantsStatusLine: statusLine,
  });
}

function summary(
  { scope }: ConnectArguments,
  { settings }: Places,
  sources: readonly Source[],
  outbound: readonly string[],
) {
  const reach = scope === 'user' ? 'all your projects' : 'this project only';
  const lines = sources.map(({ name, sentence }) => `  ${name.padEnd(11)}  ${sentence}`);
  return [
    `Claude Code's settings for ${reach}: ${settings}`,
    ...lines,
    ...outbound.map((line) => `  ${line}`),
  ];
}

async function leaveAsItIs(
  places: Places,
  sources: readonly Source[],
  { print, env }: Surface,
): Promise<number> {
  if (!sources.some(({ isConnected }) => isConnected)) {
    print('There is nothing to connect.');
    return exitCodes.failure;
  }
  await keepWrapper(places, env);
  print('Already connected: nothing to change. To see what arrives: npm run doctor');
  return exitCodes.ok;
}

async function keepWrapper({ wrapper }: Places, env: NodeJS.ProcessEnv): Promise<void> {
  await writeOwn(wrapper, await wrapperText(env));
}

async function nextSteps({ scope, folder }: ConnectArguments, { settings }: Places): Promise<string[]> {
  const { exitCode } = await runCommand('git', ['-C', folder, 'check-ignore', '--quiet', settings]);
  const isForGit = scope === 'project' && exitCode === 1;
  return [
    'Connected. Running sessions use the hooks and the status line from now on; telemetry starts with the next session.',
    ...(isForGit ? ['Git does not ignore this file: add .claude/settings.local.json to .gitignore.'] : []),
    'To see what arrives: npm run doctor. To undo: npm run disconnect' +
      (scope === 'user' ? '' : ' -- --scope project'),
  ];
}
