import { expect, test } from 'vitest';
import type { Row } from './fault.ts';
import { inWords, type Notification, problemsIn } from './notifications.ts';
import { randomFrom } from './random.ts';
import { reportOf } from './report.ts';

const row = (fault: string, verdict: string): Row => ({
  fault,
  runtime: 'native',
  samples: { expected: 1_000, arrived: 990 },
  reports: { expected: 0, arrived: 0 },
  healSeconds: 1.25,
  sent: 'nothing',
  verdict,
});
const run = { seed: 1, date: new Date(0) };
const sent = (...courses: string[]): Notification[] =>
  courses.map((course) => {
    const [alert = '', status = '', session = ''] = course.split(' ');
    return { alert, status: status as 'firing' | 'resolved', session };
  });
const expectation = { sessions: ['s1'], resolving: ['CtxdBlind'], staysFiring: ['CtxdDiskLow'] };
const [fires, resolves] = ['ContextWindowCritical firing s1', 'ContextWindowCritical resolved s1'];

test('a report keeps the rows of faults that were not run again', () => {
  const first = reportOf([row('a', 'right'), row('b', 'right')], '', run);
  const second = reportOf([row('b', 'wrong: lost')], first, run);
  expect(
    second
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2),
  ).toEqual([
    '| a | native | 1,000 → 990 |  | 1.3 | nothing | right |',
    '| b | native | 1,000 → 990 |  | 1.3 | nothing | wrong: lost |',
  ]);
});

test.each([
  [[fires, resolves], {}],
  [[fires, resolves, 'CtxdBlind firing', 'CtxdBlind resolved', 'CtxdDiskLow firing'], {}],
  [[fires], { wrong: 's1 was sent ContextWindowCritical firing' }],
  [[fires, resolves, fires, resolves], { wrong: expect.stringContaining('s1 was sent') }],
  [[fires, fires, resolves], { repeated: 'a notification of s1 was sent twice' }],
  [[fires, resolves, 'CtxdBlind firing'], { wrong: 'CtxdBlind did not resolve' }],
  [[fires, resolves, 'CtxdRulesFailing firing'], { wrong: 'CtxdRulesFailing firing was sent for the stack' }],
  [
    [fires, resolves, 'ContextWindowCritical firing s2'],
    { wrong: expect.stringContaining('was sent for s2') },
  ],
])('of the notifications %j it says %j', (courses, problems) => {
  expect(problemsIn(sent(...courses), expectation)).toEqual(problems);
});

test('notifications are counted by alert', () => {
  expect(inWords(sent(resolves, fires, 'CtxdBlind firing'))).toBe(
    'ContextWindowCritical: 1 fired, 1 resolved; CtxdBlind: 1 fired, 0 resolved',
  );
  expect(inWords([])).toBe('nothing');
});

test('a seed repeats its order', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(randomFrom(7).shuffled(items)).toEqual(randomFrom(7).shuffled(items));
  expect(new Set(randomFrom(7).shuffled(items))).toEqual(new Set(items));
  expect(randomFrom(7).shuffled(items)).not.toEqual(randomFrom(8).shuffled(items));
});
