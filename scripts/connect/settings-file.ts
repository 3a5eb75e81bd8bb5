import { randomBytes } from 'node:crypto';
import { access, chmod, constants, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ParseError, parseTree } from 'jsonc-parser';
import { readRegularBytes } from '#regular-file';
import { exitCodes, StackError } from '../../compose/system/stack-error.ts';
import type { Settings } from './hooks.ts';

/** A settings file as it was read. */
export interface SettingsFile {
  /** Where it is, links followed. */
  readonly path: string;
  /** Its text; nothing when there is no such file. */
  readonly text: string | undefined;
  readonly settings: Settings;
}

/** Reads a settings file. Throws one sentence naming the file, the problem and the remedy when it is not usable. */
export async function readSettings(path: string): Promise<SettingsFile> {
  const text = await textOf(path);
  const target = text === undefined ? await placeFor(path) : await realpath(path);
  return { path: target, text, settings: parseSettings(path, text ?? '') };
}

/** The settings in a file's text; an empty file holds none. Throws with line and column when it is not strict JSON. */
export function parseSettings(path: string, text: string): Settings {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return {};
  const value = parsed(path, json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings;
  throw new StackError(`${path} does not hold a JSON object.`, { remedy: unchanged });
}

/**
 * Replaces a settings file's text in one step: whoever reads it sees the old text or the new one. The file keeps its
 * permissions, and a link to it stays a link.
 *
 * @param text - nothing to remove the file.
 */
export async function writeSettings({ path }: SettingsFile, text: string | undefined): Promise<void> {
  try {
    if (text === undefined) await rm(path, { force: true });
    else await replaceFile(path, text);
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

/** Throws unless the file, or the folder that it will be in, may be written. */
export async function expectWritable({ path, text }: SettingsFile): Promise<void> {
  try {
    if (text === undefined) return;
    await access(path, constants.W_OK);
    await access(dirname(path), constants.W_OK);
    // To root every file is writable; one that says it is not still means it.
    if (((await stat(path)).mode & 0o222) === 0)
      throw Object.assign(new Error('read-only'), { code: 'EACCES' });
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

/** Claude Code's own settings take a few kilobytes. */
const mostSettingsBytes = 4 * 1_024 * 1_024;

const unchanged = 'Nothing was changed. Correct it, then run the command again.';

async function textOf(path: string): Promise<string | undefined> {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(await readRegularBytes(path, mostSettingsBytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof TypeError) throw new StackError(`${path} is not UTF-8 text.`, { remedy: unchanged });
    throw unusable(path, 'read', error);
  }
}

/** The path of a file to be made; throws when there is a link to a file that is gone. */
async function placeFor(path: string): Promise<string> {
  const isLink = await lstat(path).catch(() => undefined);
  if (isLink === undefined) return path;
  throw new StackError(`${path} is a link to a file that does not exist.`, {
    remedy: 'Nothing was changed. Make the file or remove the link, then run the command again.',
  });
}

function parsed(path: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const errors: ParseError[] = [];
    parseTree(json, errors, { disallowComments: true, allowTrailingComma: false });
    throw new StackError(`${path}:${problemOf(json, errors[0])}`, {
      remedy:
        'Nothing was changed. Claude Code reads its settings as strict JSON and skips a file that is not: correct it there, then run the command again.',
      cause,
    });
  }
}

/** `line:column: problem`, both counted from 1. */
function problemOf(json: string, error: ParseError | undefined): string {
  const before = json.slice(0, error?.offset ?? 0).split(/\r?\n/);
  const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return `${place}: not valid JSON (${reasonAt(json, error)}).`;
}

function reasonAt(json: string, error: ParseError | undefined): string {
  const { offset = 0 } = error ?? {};
  if (/^\/[/*]/.test(json.slice(offset))) return 'a comment';
  if (offset >= json.trimEnd().length) return 'it ends too early';
  if (/[}\]]/.test(json[offset] ?? '') && /,\s*$/.test(json.slice(0, offset)))
    return 'a comma with nothing after it';
  return `at ${JSON.stringify(json.slice(offset, offset + Math.max(1, error?.length ?? 1)).slice(0, 24))}`;
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const mode = await stat(path).then(
      ({ mode }) => mode & 0o777,
      () => undefined,
    );
    await using file = await open(draft, 'wx', mode ?? 0o666);
    await file.writeFile(text);
    await file.sync();
    if (mode !== undefined) await chmod(draft, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function unusable(path: string, verb: 'read' | 'written', error: unknown): StackError {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const reasons: Record<string, [string, string]> = {
    EACCES: ['it is read-only for you', `Allow it (chmod u+w '${path}')`],
    EPERM: ['it is protected', 'Lift the protection'],
    EROFS: ['its disk is read-only', 'Make the disk writable'],
    EISDIR: ['it is a folder', 'Move the folder away'],
    ENOTDIR: ['a part of its path is a file', 'Move that file away'],
    ENOSPC: ['the disk is full', 'Free some space'],
    ENOTSUP: ['it is not a regular file', 'Move it away'],
    EFBIG: ['it is larger than 4 MiB', 'Move it away'],
    ELOOP: ['it is a link that leads back to itself', 'Remove the link'],
  };
  const [reason, remedy] = reasons[code] ?? [code, 'Make it accessible'];
  return new StackError(`${path} cannot be ${verb}: ${reason}.`, {
    remedy: `Nothing was changed. ${remedy}, then run the command again.`,
    exitCode: exitCodes.failure,
    cause: error,
  });
}
