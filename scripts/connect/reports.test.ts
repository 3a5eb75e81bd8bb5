import { expect, it } from 'vitest';
import { reportsFrom } from './reports.ts';

it('puts sources and sessions together, under either name of the hooks', () => {
  const sources = [
    { source: 'statusline', lastSeenAtMillis: 10, sessions: 7, ignored: { wrong_type: 2 } },
    { source: 'hook', lastSeenAtMillis: 5, sessions: 1, ignored: {} },
    { source: 'carrier pigeon', lastSeenAtMillis: 99, sessions: 1, ignored: {} },
  ];
  const sessions = [
    { id: 'aaaaaaaa-bbbb', name: 'fix login', sources: { statusline: 12 } },
    { id: 'cccccccc-dddd', sources: { statusline: 11, otlp: 3 } },
  ];
  expect(reportsFrom(sources, sessions)).toEqual([
    {
      source: 'statusline',
      lastSeenAtMillis: 12,
      sessions: 7,
      sessionNames: ['fix login (aaaaaaaa)', 'cccccccc'],
      ignored: { wrong_type: 2 },
    },
    { source: 'otlp', lastSeenAtMillis: 3, sessions: 1, sessionNames: ['cccccccc'], ignored: {} },
    { source: 'hooks', lastSeenAtMillis: 5, sessions: 1, sessionNames: [], ignored: {} },
    { source: 'transcript', lastSeenAtMillis: undefined, sessions: 0, sessionNames: [], ignored: {} },
  ]);
});
