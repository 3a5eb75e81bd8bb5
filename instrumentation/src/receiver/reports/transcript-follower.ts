import type { FileHandle } from 'node:fs/promises';
import { openRegularFile } from '../../regular-file.ts';

interface Position {
  readonly inode: bigint;
  /** Where the next read starts. */
  offset: number;
  /** The start of a line that is not complete yet. */
  partial: Buffer;
  /** Whether the line that `partial` started is too long and its rest is skipped. */
  skipping: boolean;
}

/** The lines that were appended to a file since the last read. */
export interface Appended {
  readonly lines: readonly string[];
  /** Number of skipped lines, which are longer than the limit. */
  readonly tooLong: number;
  /** Whether the end of the file was reached; one read is at most 4 MiB. */
  readonly isAll: boolean;
}

const chunkBytes = 256 * 1_024;
const mostBytesPerLook = 4 * 1_024 * 1_024;

/**
 * Reads files of lines as they grow: each read returns the lines that were completed since the last one, and reads no byte
 * twice. A file that shrank or was replaced is read again from its start.
 */
export class TranscriptFollower {
  readonly #positions = new Map<string, Position>();
  readonly #longestLineBytes: number;

  /** @param longestLineBytes a longer line is skipped; default 4 MiB */
  constructor(longestLineBytes: number = 4 * 1_024 * 1_024) {
    this.#longestLineBytes = longestLineBytes;
  }

  /** The lines completed since the last read; none for a file that cannot be read. Never rejects. */
  async readAppended(path: string): Promise<Appended> {
    const lines: string[] = [];
    let [tooLong, bytes] = [0, 0];
    try {
      await using file = await openRegularFile(path);
      const position = await this.#positionIn(path, file);
      for await (const chunk of chunksFrom(file, position.offset)) {
        position.offset += chunk.length;
        tooLong += this.#split(chunk, position, lines);
        bytes += chunk.length;
        if (bytes >= mostBytesPerLook) break;
      }
    } catch {
      this.#positions.delete(path);
    }
    return { lines, tooLong, isAll: bytes < mostBytesPerLook };
  }

  async #positionIn(path: string, file: FileHandle): Promise<Position> {
    const { ino, size } = await file.stat({ bigint: true });
    const known = this.#positions.get(path);
    if (known !== undefined && known.inode === ino && size >= known.offset) return known;
    const position = { inode: ino, offset: 0, partial: Buffer.alloc(0), skipping: false };
    this.#positions.set(path, position);
    return position;
  }

  /** Splits a chunk into complete lines and keeps the rest. Returns the number of lines that were too long. */
  #split(chunk: Buffer, position: Position, lines: string[]): number {
    let tooLong = 0;
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([position.partial, chunk.subarray(start, end)]);
      if (position.skipping || line.length > this.#longestLineBytes) tooLong += 1;
      else if (line.length > 0) lines.push(line.toString('utf8'));
      position.partial = Buffer.alloc(0);
      position.skipping = false;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start), position);
    return tooLong;
  }

  #keep(rest: Buffer, position: Position): void {
    position.skipping ||= position.partial.length + rest.length > this.#longestLineBytes;
    // A copy, because the chunk's memory is reused.
    position.partial = position.skipping ? Buffer.alloc(0) : Buffer.concat([position.partial, rest]);
  }
}

async function* chunksFrom(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(chunkBytes);
  let position = offset;
  while (true) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
