import { describe, expect, test } from 'vitest';
import { expectOpenFiles, freeBytes, judgeRoom } from './machine.ts';

const mebibyte = 1_024 ** 2;
const ample = 8_192 * mebibyte;

test('too few open files end the start, with the command that allows more', () => {
  for (const limit of [1_024, Infinity]) expect(() => expectOpenFiles(limit)).not.toThrow();
  expect(() => expectOpenFiles(1_023)).toThrow(
    /^Only 1023 files may be open at once; nothing was started\.\nAllow 1024 in this shell: ulimit -n 1024\./,
  );
});

describe('the room on this machine', () => {
  test('is not mentioned when there is enough', () => {
    expect(judgeRoom(1_024 * mebibyte, 1_024 * mebibyte, '/state')).toEqual([]);
  });

  test.each([
    [
      500 * mebibyte,
      ample,
      'Only 500 MiB are free on the disk of /state; when it is full, metrics are no longer stored.',
    ],
    [ample, 1_023 * mebibyte, 'Only 1023 MiB of memory are available; the stack uses up to 1 GiB.'],
  ])('causes a warning when it is low: %d of disk, %d of memory', (disk, memory, words) => {
    expect(judgeRoom(disk, memory, '/state')).toEqual([expect.stringContaining(words)]);
  });

  test.each([
    [
      99 * mebibyte,
      ample,
      'Only 99 MiB are free on the disk of /state; nothing was started.\nFree some space',
    ],
    [
      ample,
      255 * mebibyte,
      'Only 255 MiB of memory are available; nothing was started.\nClose other programs',
    ],
  ])('prevents the start when it is too little: %d of disk, %d of memory', (disk, memory, words) => {
    expect(() => judgeRoom(disk, memory, '/state')).toThrow(words);
  });

  test('of a missing folder is that of the folder above it', async () => {
    const above = await freeBytes('/');
    // Other programs write to the disk meanwhile.
    expect(Math.abs((await freeBytes('/nowhere/below')) - above)).toBeLessThan(above / 10);
  });
});
