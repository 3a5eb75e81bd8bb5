import type { SourceReport } from '#answers';
import { expect, test } from 'vitest';
import { reportsFrom } from './reports.ts';

test("shows Claude Code's sources, other sources once they have reported, and the sessions of each", () => {
  const source = (
    name: SourceReport['source'],
    lastSeenAtMillis: number | null,
    sessions = 0,
  ): SourceReport => ({
    source: name,
    lastSeenAtMillis,
    sessions,
    ignored: { wrong_type: 2 },
  });
  const sessions = [
    { id: 'aaaaaaaa-bbbb', name: 'fix login', sources: { statusline: 12 } },
    { id: 'cccccccc-dddd', sources: { statusline: 11, otlp: 3 } },
  ];
  const sources = [
    source('statusline', 12, 2),
    source('hook', null),
    source('api', 5),
    source('gateway', null),
  ];
  expect(reportsFrom(sources, sessions)).toEqual([
    { ...source('statusline', 12, 2), sessionNames: ['fix login (aaaaaaaa)', 'cccccccc'] },
    { ...source('hook', null), sessionNames: [] },
    { ...source('api', 5), sessionNames: [] },
  ]);
});
