import { exitCodes, StackError } from '../../compose/system/stack-error.ts';
import { isAgreed, type Surface } from './agreement.ts';
import type { ConnectArguments } from './arguments.ts';
import { endpointsFrom } from '../reach/endpoints.ts';
import { type Places, placesFor } from './places.ts';
import { disconnected, readConnection, removeConnection } from './record.ts';
import { parseSettings, readSettings, type SettingsFile, writeSettings } from './settings-file.ts';
import { oursIn } from './connected-settings.ts';

/** Restores Claude Code's settings from before connecting and returns the exit status. */
export async function disconnect(request: ConnectArguments, surface: Surface): Promise<number> {
  const places = placesFor(request.scope, request.folder, surface.env);
  const file = await readSettings(places.settings);
  const record = await readConnection(places);
  if (record === undefined) return await reportNotConnected(file, places, surface);
  const text = file.text === undefined ? undefined : disconnected(file.text, record);
  if (text !== file.text) {
    surface.print(`Claude Code's settings: ${places.settings}`);
    if (!(await isAgreed({ file, text }, request, surface))) {
      return request.dryRun ? exitCodes.ok : exitCodes.failure;
    }
    await writeSettings(file, text);
  }
  return await finish(text, places, surface);
}

async function reportNotConnected({ settings }: SettingsFile, places: Places, { env, print }: Surface) {
  const left = oursIn(settings, await endpointsFrom(env));
  if (left.length === 0) {
    print(`Not connected: ${places.settings} contains none of our settings. Nothing was changed.`);
    return exitCodes.ok;
  }
  throw byHand(
    places,
    left,
    `The copy of ${places.settings} from before connecting is missing (${places.record}).`,
  );
}

/** Removes the record of the connection. Throws if some of our settings remain because somebody changed them. */
async function finish(text: string | undefined, places: Places, { env, print }: Surface): Promise<number> {
  const left = oursIn(parseSettings(places.settings, text ?? ''), await endpointsFrom(env));
  await removeConnection(places, left.includes('statusLine'));
  if (left.length > 0)
    throw byHand(places, left, 'Disconnected, except for settings that have changed since connecting.');
  print('Disconnected. The settings from before connecting are back; changes made since then are kept.');
  return exitCodes.ok;
}

function byHand({ settings }: Places, left: readonly string[], sentence: string): StackError {
  return new StackError(sentence, { remedy: `Remove these from ${settings} by hand: ${left.join(', ')}` });
}
