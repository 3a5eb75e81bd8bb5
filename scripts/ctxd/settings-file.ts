import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readRegularFileSync } from '#regular-file';
import { exitCodes, messageOf, StackError } from '../../compose/system/stack-error.ts';

/** `ctxd.env` in the folder of this repository. */
const settingsPath = join(import.meta.dirname, '../../ctxd.env');

/** The text of `ctxd.env`, or nothing when there is none. */
export function readSettingsFile(): string | undefined {
  try {
    return readRegularFileSync(settingsPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StackError(`The settings cannot be read: ${messageOf(error)}.`, {
      remedy: `Move ${settingsPath} away, or write it anew.`,
      exitCode: exitCodes.usage,
    });
  }
}

/** Adds the settings of `ctxd.env` to an environment. What is set there already wins. */
export function addSettings(env: NodeJS.ProcessEnv, text: string): void {
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
