import { readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readJson, writeOwn } from '../../compose/runtime/state.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { type Connection, connectedSettings } from './connected-settings.ts';
import type { Places } from './places.ts';
import { parseSettings } from './settings-file.ts';
import { carryOver, formattedLike } from './settings-text.ts';

/** The text of a settings file before and after connecting. Disconnecting uses it to restore the file. */
export interface ConnectionRecord {
  /** Path of the settings file. */
  readonly path: string;
  /** Its text before connecting; `null` if there was no file. */
  readonly before: string | null;
  /** Its text after connecting. */
  readonly after: string;
}

/** Adds our settings to a settings file's text. Throws if a value has a form that Claude Code does not accept. */
export function connected(
  path: string,
  before: string | undefined,
  connection: Connection,
): ConnectionRecord {
  const settings = parseSettings(path, before ?? '');
  const base = isBlank(before) ? '{}\n' : before;
  const wanted = connectedSettings(settings, connection);
  const after = carryOver(base, base, formattedLike(base, wanted));
  if (isDeepStrictEqual(parseSettings(path, after), wanted)) return { path, before: before ?? null, after };
  throw new StackError(
    `${path} has the same name twice in one object, and Claude Code only uses the last one.`,
    {
      remedy: 'Nothing was changed. Keep one of them, then run the command again.',
    },
  );
}

/**
 * Removes our settings from a settings file's text. Returns `undefined` if connecting created the file and nothing else is in
 * it.
 *
 * @param text - the file's current text.
 */
export function disconnected(text: string, { path, before, after }: ConnectionRecord): string | undefined {
  if (text === after) return before ?? undefined;
  const rest = carryOver(isBlank(text) ? '{}\n' : text, after, isBlank(before) ? '{}\n' : before);
  const isOurs = before === null && Object.keys(parseSettings(path, rest)).length === 0;
  return isOurs ? undefined : rest;
}

/** Reads the record of a settings file; `undefined` if the file is not connected. */
export async function readConnection({ record }: Places): Promise<ConnectionRecord | undefined> {
  return await readJson<ConnectionRecord>(record);
}

/** Writes a record that only its owner can read, because settings can contain secrets. */
export async function writeConnection({ record }: Places, connection: ConnectionRecord): Promise<void> {
  await writeOwn(record, `${JSON.stringify(connection, null, 2)}\n`);
}

/** Removes a record, and also the script if no settings need it any more. */
export async function removeConnection({ record, wrapper }: Places, keepWrapper: boolean): Promise<void> {
  await rm(record, { force: true });
  const others = (await readdir(dirname(record)).catch(() => [])).filter((name) => name.endsWith('.json'));
  if (others.length === 0 && !keepWrapper) await rm(dirname(wrapper), { recursive: true, force: true });
}

function isBlank(text: string | null | undefined): text is null | undefined {
  return (text ?? '').replace(/^\uFEFF/, '').trim() === '';
}
