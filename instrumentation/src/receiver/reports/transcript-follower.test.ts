import { appendFile, mkdtempDisposable, rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TranscriptFollower } from './transcript-follower.ts';

const folder = () => mkdtempDisposable(join(tmpdir(), 'transcript-'));

describe('following a file', () => {
  test('reads each appended line once', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower();
    await writeFile(path, 'a\nb\n');
    expect((await follower.readAppended(path)).lines).toEqual(['a', 'b']);
    expect((await follower.readAppended(path)).lines).toEqual([]);
    await appendFile(path, 'c\n\n');
    expect((await follower.readAppended(path)).lines).toEqual(['c']);
  });

  test('waits for the end of a line, even in the middle of a character', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower();
    const bytes = Buffer.from('a\nhé\n');
    await writeFile(path, bytes.subarray(0, 4));
    expect((await follower.readAppended(path)).lines).toEqual(['a']);
    await appendFile(path, bytes.subarray(4));
    expect((await follower.readAppended(path)).lines).toEqual(['hé']);
  });

  test('reads a file that shrank or was replaced from its start', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower();
    await writeFile(path, 'first\nhalf');
    await follower.readAppended(path);
    await truncate(path, 0);
    await appendFile(path, 'x\n');
    expect((await follower.readAppended(path)).lines).toEqual(['x']);
    await writeFile(`${path}.new`, 'a longer file\nthan before\n');
    await rename(`${path}.new`, path);
    expect((await follower.readAppended(path)).lines).toEqual(['a longer file', 'than before']);
  });

  test('skips lines that are too long, across reads and chunks, and counts them', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower(10);
    await writeFile(path, `${'x'.repeat(600_000)}\nok\n${'y'.repeat(20)}`);
    expect(await follower.readAppended(path)).toEqual({ lines: ['ok'], tooLong: 1, isAll: true });
    await appendFile(path, 'y\nend\n');
    expect(await follower.readAppended(path)).toEqual({ lines: ['end'], tooLong: 1, isAll: true });
  });

  test('returns nothing from a file that is gone, and all of it when it comes back', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower();
    expect(await follower.readAppended(path)).toEqual({ lines: [], tooLong: 0, isAll: true });
    await writeFile(path, 'a\n');
    expect((await follower.readAppended(path)).lines).toEqual(['a']);
  });

  test('reads a large file in several steps', async () => {
    await using dir = await folder();
    const path = join(dir.path, 's1.jsonl');
    const follower = new TranscriptFollower();
    const line = 'x'.repeat(1_048_575);
    await writeFile(path, `${line}\n`.repeat(5));
    const [first, second] = [await follower.readAppended(path), await follower.readAppended(path)];
    expect([first.lines.length, first.isAll]).toEqual([4, false]);
    expect([second.lines.length, second.isAll]).toEqual([1, true]);
  });
});
