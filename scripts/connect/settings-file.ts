import { randomBytes } from 'node:crypto';
import { access, chmod, constants, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ParseError, parseTree } from 'jsonc-parser';
import { readRegularBytes } from '#regular-file';
import { exitCodes, StackError } from '../../compose/system/stack-error.ts';
import type { Settings } from './hooks.ts';

/** A settings file and its content when it was read. */
export interface SettingsFile {
  /** Its path, with links resolved. */
  readonly path: string;
  /** Its text; `undefined` if the file does not exist. */
  readonly text: string | undefined;
  readonly settings: Settings;
}

/** Reads a settings file. If the file is unusable, throws an error that names the file, the problem and the remedy. */
export async function readSettings(path: string): Promise<SettingsFile> {
  const text = await textOf(path);
  const target = text === undefined ? await placeFor(path) : await realpath(path);
  return { path: target, text, settings: parseSettings(path, text ?? '') };
}

/** Parses a file's text; an empty file has no settings. If it is not strict JSON, throws with the line and the column. */
export function parseSettings(path: string, text: string): Settings {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return {};
  const value = parsed(path, json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings;
  throw new StackError(`${path} does not contain a JSON object.`, { remedy: unchanged });
}

/**
 * Replaces a settings file's text atomically: a reader sees either the old text or the new one. The file keeps its
 * permissions, and a link to it stays a link.
 *
 * @param text - the new text; `undefined` removes the file.
 */
export async function writeSettings({ path }: SettingsFile, text: string | undefined): Promise<void> {
  try {
    if (text === undefined) await rm(path, { force: true });
    else await replaceFile(path, text);
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

/** Throws if the file exists and the user may not write it or its folder. */
export async function expectWritable({ path, text }: SettingsFile): Promise<void> {
  try {
    if (text === undefined) return;
    await access(path, constants.W_OK);
    await access(dirname(path), constants.W_OK);
    // Root can write any file, but a read-only mode shows that the file should stay unchanged.
    if (((await stat(path)).mode & 0o222) === 0)
      throw Object.assign(new Error('read-only'), { code: 'EACCES' });
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

/** Real settings take a few kilobytes. */
const mostSettingsBytes = 4 * 1_024 * 1_024;

const unchanged = 'Nothing was changed. Correct the file, then run the command again.';

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

/** The path at which to create a file. Throws if it is a link to a missing file. */
async function placeFor(path: string): Promise<string> {
  const isLink = await lstat(path).catch(() => undefined);
  if (isLink === undefined) return path;
  throw new StackError(`${path} is a link to a file that does not exist.`, {
    remedy: 'Nothing was changed. Create the file or remove the link, then run the command again.',
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
        'Nothing was changed. Claude Code skips settings files that are not strict JSON. Correct the file there, then run the command again.',
      cause,
    });
  }
}

/** Formats a problem as `line:column: problem`. Lines and columns count from 1. */
function problemOf(json: string, error: ParseError | undefined): string {
  const before = json.slice(0, error?.offset ?? 0).split(/\r?\n/);
  const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return `${place}: not valid JSON (${reasonAt(json, error)}).`;
}

function reasonAt(json: string, error: ParseError | undefined): string {
  const { offset = 0 } = error ?? {};
  if (/^\/[/*]/.test(json.slice(offset))) return 'a comment';
  if (offset >= json.trimEnd().length) return 'unexpected end of file';
  if (/[}\]]/.test(json[offset] ?? '') && /,\s*$/.test(json.slice(0, offset))) return 'a trailing comma';
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
    ENOTDIR: ['part of its path is a file, not a folder', 'Move that file away'],
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
