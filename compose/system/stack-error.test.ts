import { describe, expect, test } from 'vitest';
import { exitCodes, reasonOf, StackError, systemFailure } from './stack-error.ts';

test.each([
  ['ENOSPC', /^The disk is full: ENOSPC\.\nFree some space/],
  ['EROFS', /^The disk is read-only: EROFS\.\nMake it writable/],
  ['EACCES', /^A file or folder is not yours to use: EACCES\.\nGive it to your user/],
  ['EMFILE', /^Too many files are open: EMFILE\.\nAllow more in this shell: ulimit -n 1024$/],
  ['EIO', /^EIO$/],
])('%s of the system is a sentence', (code, words) => {
  const error = Object.assign(new Error(code), { code, syscall: 'open' });
  expect(systemFailure(error)?.message).toMatch(words);
  expect(systemFailure(new Error(code))).toBeUndefined();
});

describe('a stack error', () => {
  test('has the sentence, then the remedy as its message', () => {
    expect(new StackError('It broke.', { remedy: 'Mend it.' }).message).toBe('It broke.\nMend it.');
    expect(new StackError('It broke.').message).toBe('It broke.');
  });

  test('has exit code 1 by default', () => {
    expect(new StackError('It broke.').exitCode).toBe(1);
    expect(new StackError('Taken.', { exitCode: exitCodes.portTaken }).exitCode).toBe(3);
  });

  test('finds the reason behind a failed fetch', () => {
    expect(reasonOf(new TypeError('fetch failed', { cause: new Error('ENOTFOUND') }))).toBe('ENOTFOUND');
    expect(reasonOf('plain')).toBe('plain');
  });
});
