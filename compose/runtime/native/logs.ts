import { copyFile, stat, truncate } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRegularFile, readRegularFile, wholeFileBytes } from '#regular-file';
import type { PartName } from '../../parts.ts';
import type { LogRange, Stack } from '../runtime.ts';
import { logFileOf } from '../state.ts';

/** A log of this size is rotated; only the last rotated log is kept. */
const rotateBytes = 10 * 1_024 * 1_024;

/** The last lines of a part's log. */
export async function lastLines(stateDir: string, name: PartName, lines: number): Promise<string[]> {
  const text = (await readRegularFile(logFileOf(stateDir, name), wholeFileBytes).catch(() => '')).trimEnd();
  return text === '' || lines === 0 ? [] : text.split('\n').slice(-lines);
}

/** Prints the logs of native parts, several ones with the part before each line; with `follow` until interrupted. */
export async function printNativeLogs(
  names: readonly PartName[],
  { tail, follow }: LogRange,
  { stateDir, print, signal }: Stack,
): Promise<void> {
  const printLines = (name: PartName, lines: readonly string[]) => {
    for (const line of lines) print(names.length > 1 ? `${name.padEnd(15)} | ${line}` : line);
  };
  const read = new Map<PartName, number>();
  for (const name of names) {
    read.set(name, await sizeOf(logFileOf(stateDir, name)));
    printLines(name, await lastLines(stateDir, name, tail));
  }
  if (!follow) return;
  for (;;) {
    await sleep(200, undefined, signal && { signal });
    for (const name of names) {
      const [text, end] = await readFrom(logFileOf(stateDir, name), read.get(name) ?? 0);
      read.set(name, end);
      printLines(name, text.split('\n').filter(Boolean));
    }
  }
}

/** Copies a log that is too long and empties it, because the part keeps its file open. Returns whether it did so. */
export async function rotateLog(path: string, maxBytes = rotateBytes): Promise<boolean> {
  if ((await sizeOf(path)) <= maxBytes) return false;
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  return true;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

// Reads whole lines only, and from the beginning after a rotation.
async function readFrom(path: string, start: number): Promise<[text: string, end: number]> {
  const size = await sizeOf(path);
  const from = size < start ? 0 : start;
  if (size === from) return ['', from];
  await using file = await openRegularFile(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = buffer.lastIndexOf('\n', bytesRead - 1) + 1;
  return [buffer.toString('utf8', 0, end), from + end];
}
