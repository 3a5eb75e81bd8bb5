import { describe, expect, test } from 'vitest';
import { partNamed } from '../../compose/parts.ts';
import { durationInWords, overallState, type PartState } from './status.ts';

describe('the stack', () => {
  test.each<[PartState, PartState, string]>([
    ['healthy', 'healthy', 'healthy'],
    ['healthy', 'left out', 'healthy'],
    ['healthy', 'stopped', 'degraded'],
    ['healthy', 'unhealthy', 'degraded'],
    ['unhealthy', 'unhealthy', 'degraded'],
    ['stopped', 'stopped', 'stopped'],
    ['stopped', 'left out', 'stopped'],
    ['healthy', 'read-only', 'degraded'],
    ['healthy', 'disabled', 'degraded'],
    ['healthy', 'restarting', 'degraded'],
  ])('with one part %s and another one %s is %s', (one, other, expected) => {
    const states = new Map([
      [partNamed('collector'), one],
      [partNamed('grafana'), other],
    ]);
    expect(overallState(states)).toBe(expected);
  });

  test('is degraded when nothing restarts its parts', () => {
    expect(overallState(new Map([[partNamed('collector'), 'healthy']]), false)).toBe('degraded');
    expect(overallState(new Map([[partNamed('collector'), 'stopped']]), false)).toBe('stopped');
  });
});

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [200, '3 min 20 s'],
  [3_600, '1 h 0 min'],
  [190_000, '2 d 4 h'],
])('%d seconds are read as %s', (seconds, words) => {
  expect(durationInWords(seconds)).toBe(words);
});
