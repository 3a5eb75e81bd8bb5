import { describe, expect, test } from 'vitest';
import { exitCodes, reasonOf, StackError } from './stack-error.ts';

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
