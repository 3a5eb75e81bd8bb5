import { describe, expect, test } from 'vitest';
import { exitCodes, reasonOf, StackError } from './stack-error.ts';

describe('a stack error', () => {
  test('says the sentence, then the remedy', () => {
    expect(new StackError('It broke.', { remedy: 'Mend it.' }).message).toBe('It broke.\nMend it.');
    expect(new StackError('It broke.').message).toBe('It broke.');
  });

  test('ends with status 1 unless told', () => {
    expect(new StackError('It broke.').exitCode).toBe(1);
    expect(new StackError('Taken.', { exitCode: exitCodes.portTaken }).exitCode).toBe(3);
  });

  test('finds the reason behind a failed fetch', () => {
    expect(reasonOf(new TypeError('fetch failed', { cause: new Error('ENOTFOUND') }))).toBe('ENOTFOUND');
    expect(reasonOf('plain')).toBe('plain');
  });
});
