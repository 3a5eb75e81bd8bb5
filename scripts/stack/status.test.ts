import { describe, expect, it } from 'vitest';
import { partNamed } from '../../compose/parts.ts';
import { overallState, type PartState } from './status.ts';

describe('the stack', () => {
  it.each<[PartState, PartState, string]>([
    ['healthy', 'healthy', 'healthy'],
    ['healthy', 'left out', 'healthy'],
    ['healthy', 'stopped', 'degraded'],
    ['healthy', 'unhealthy', 'degraded'],
    ['unhealthy', 'unhealthy', 'degraded'],
    ['stopped', 'stopped', 'stopped'],
    ['stopped', 'left out', 'stopped'],
  ])('with one part %s and another one %s is %s', (one, other, expected) => {
    const states = new Map([
      [partNamed('collector'), one],
      [partNamed('grafana'), other],
    ]);
    expect(overallState(states)).toBe(expected);
  });
});
