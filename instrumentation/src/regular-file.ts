import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** The size limit for files with settings or secrets: 1 MiB. */
const settingBytes = 1_024 * 1_024;
/** The size limit for files that a program writes and that are read whole, such as a log or a list of rules: 64 MiB. */
export const wholeFileBytes = 64 * settingBytes;

// Without O_NONBLOCK, opening a FIFO waits for a writer. The second check finds a file that was replaced after the first.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * Opens a regular file, or a link to one, for reading. Never blocks on a FIFO or a device.
 *
 * @throws the system's error; `EISDIR` for a folder; `ENOTSUP` for a FIFO, a socket or a device
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  expectRegular(path, await stat(path));
  const file = await open(path, flags);
  try {
    expectRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads a regular file, or a link to one, as UTF-8.
 *
 * @param mostBytes the size limit; defaults to 1 MiB
 * @throws like {@link openRegularFile}; `EFBIG` if the file is larger than the limit
 */
export async function readRegularFile(path: string, mostBytes = settingBytes): Promise<string> {
  return (await readRegularBytes(path, mostBytes)).toString('utf8');
}

/** Like {@link readRegularFile}, but returns the bytes. */
export async function readRegularBytes(path: string, mostBytes = settingBytes): Promise<Buffer> {
  const file = await openRegularFile(path);
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    // The reported size can be wrong (`/proc`) or change, so count the bytes that are read.
    for (let chunk = await nextChunk(file); chunk.length > 0; chunk = await nextChunk(file)) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(path, mostBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}

/** Like {@link readRegularFile}, but synchronous. */
export function readRegularFileSync(path: string, mostBytes = settingBytes): string {
  expectRegular(path, statSync(path));
  const file = openSync(path, flags);
  try {
    expectRegular(path, fstatSync(file));
    const buffer = Buffer.alloc(mostBytes + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes <= mostBytes; bytes += read) {
      read = readSync(file, buffer, bytes, buffer.length - bytes, null);
    }
    if (bytes > mostBytes) throw tooLarge(path, mostBytes);
    return buffer.toString('utf8', 0, bytes);
  } finally {
    closeSync(file);
  }
}

async function nextChunk(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(64 * 1_024);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
  return buffer.subarray(0, bytesRead);
}

function expectRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw fileError(path, stats.isDirectory() ? 'EISDIR' : 'ENOTSUP', `${kindOf(stats)}, not a regular file`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function tooLarge(path: string, mostBytes: number): Error {
  return fileError(path, 'EFBIG', `larger than ${mostBytes} bytes`);
}

/** Has the fields of a system error, so that commands print it as one sentence. */
function fileError(path: string, code: string, reason: string): Error {
  const error = new Error(`${code}: ${reason}, open '${path.slice(0, 256)}'`);
  return Object.assign(error, { code, path, syscall: 'open' });
}
