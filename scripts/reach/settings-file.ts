import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readRegularFileSync } from '#regular-file';
import { configDirFrom, isPackage } from '../../compose/system/folders.ts';
import { exitCodes, messageOf, StackError } from '../../compose/system/stack-error.ts';

/** A file of settings. */
export interface SettingsFile {
  /** Its name for messages. */
  readonly name: string;
  readonly text: string;
}

/**
 * The settings files that exist: `ctxd.env` in the clone, and in the user's folder for settings. The first one wins.
 *
 * @throws StackError naming a file that cannot be read
 */
export function readSettingsFiles(env: NodeJS.ProcessEnv): SettingsFile[] {
  const own = join(configDirFrom(env), 'ctxd.env');
  const files = [{ name: own, path: own }];
  if (!isPackage) files.unshift({ name: 'ctxd.env', path: join(import.meta.dirname, '../../ctxd.env') });
  return files.flatMap(({ name, path }) => {
    const text = textIn(path);
    return text === undefined ? [] : [{ name, text }];
  });
}

function textIn(path: string): string | undefined {
  try {
    return readRegularFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw new StackError(`The settings cannot be read: ${messageOf(error)}.`, {
      remedy: `Move ${path} away, or write it anew.`,
      exitCode: exitCodes.usage,
    });
  }
}

/** Adds settings to an environment, from the first file to the last. What is set already wins. */
export function addSettings(env: NodeJS.ProcessEnv, files: readonly SettingsFile[]): void {
  for (const { text } of files)
    for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value;
}

/** A line of `ctxd.env`. */
interface SettingsLine {
  /** From 1. */
  readonly number: number;
  /** The variable it sets; absent when the line is not `NAME=value`. */
  readonly name: string | undefined;
}

/** The lines of `ctxd.env` that are neither empty nor comments. A quoted value may span several lines. */
export function settingsLines(text: string): SettingsLine[] {
  const line =
    /^[^\S\n]*(?:#.*|(?:export[^\S\n]+)?([\w.-]+)[^\S\n]*=[^\S\n]*(?:"[^"]*"|'[^']*'|`[^`]*`)?.*|(\S.*))$/gm;
  return [...text.matchAll(line)]
    .filter(([, name, other]) => name !== undefined || other !== undefined)
    .map(({ index, 1: name }) => ({ number: text.slice(0, index).split('\n').length, name }));
}
