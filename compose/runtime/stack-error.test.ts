import { describe, expect, it } from 'vitest';
import { exitCodes, reasonOf, StackError } from './stack-error.ts';

describe('a stack error', () => {
  it('says the sentence, then the remedy', () => {
    expect(new StackError('It broke.', { remedy: 'Mend it.' }).message).toBe('It broke.\nMend it.');
    expect(new StackError('It broke.').message).toBe('It broke.');
  });

  it('ends with status 1 unless told', () => {
    expect(new StackError('It broke.').exitCode).toBe(1);
    expect(new StackError('Taken.', { exitCode: exitCodes.portTaken }).exitCode).toBe(3);
  });

  it('finds the reason behind a failed fetch', () => {
    expect(reasonOf(new TypeError('fetch failed', { cause: new Error('ENOTFOUND') }))).toBe('ENOTFOUND');
    expect(reasonOf('plain')).toBe('plain');
  });
});
