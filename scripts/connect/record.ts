import { readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readJson, writeOwn } from '../../compose/runtime/state.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { type Connection, connectedSettings } from './connected-settings.ts';
import type { Places } from './places.ts';
import { parseSettings } from './settings-file.ts';
import { carryOver, formattedLike } from './settings-text.ts';

/** A settings file before and after connecting, from which disconnecting restores it. */
export interface ConnectionRecord {
  /** The settings file. */
  readonly path: string;
  /** Its text before; nothing when there was no file. */
  readonly before: string | null;
  /** Its text after. */
  readonly after: string;
}

/** The text of a settings file after connecting. Throws when a value has a form that Claude Code does not accept. */
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
  throw new StackError(`${path} has the same name twice in one object, and only the last one counts.`, {
    remedy: 'Nothing was changed. Keep one of them, then run the command again.',
  });
}

/**
 * A settings file's text without our settings; nothing when connecting created the file and it holds nothing else.
 *
 * @param text - the file's text now.
 */
export function disconnected(text: string, { path, before, after }: ConnectionRecord): string | undefined {
  if (text === after) return before ?? undefined;
  const rest = carryOver(isBlank(text) ? '{}\n' : text, after, isBlank(before) ? '{}\n' : before);
  const isOurs = before === null && Object.keys(parseSettings(path, rest)).length === 0;
  return isOurs ? undefined : rest;
}

/** The record of a settings file, if it is connected. */
export async function readConnection({ record }: Places): Promise<ConnectionRecord | undefined> {
  return await readJson<ConnectionRecord>(record);
}

/** Writes a record that only its owner can read: settings can hold secrets. */
export async function writeConnection({ record }: Places, connection: ConnectionRecord): Promise<void> {
  await writeOwn(record, `${JSON.stringify(connection, null, 2)}\n`);
}

/** Removes a record, and the script once no settings need it. */
export async function removeConnection({ record, wrapper }: Places, keepWrapper: boolean): Promise<void> {
  await rm(record, { force: true });
  const others = (await readdir(dirname(record)).catch(() => [])).filter((name) => name.endsWith('.json'));
  if (others.length === 0 && !keepWrapper) await rm(dirname(wrapper), { recursive: true, force: true });
}

function isBlank(text: string | null | undefined): text is null | undefined {
  return (text ?? '').replace(/^\uFEFF/, '').trim() === '';
}
