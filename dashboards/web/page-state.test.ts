import { expect, test } from 'vitest';
import { changeBetween, changed, type PageFields, type PageState, type SessionRow } from './page-state.ts';

const fields: PageFields = {
  thresholds: { warning: { percent: 1 }, critical: { percent: 2 } },
  newestSampleSeconds: 1,
  blindness: undefined,
  waiting: [],
  rateLimits: [],
  alerts: [],
  silences: [],
  inbox: [],
  parts: [],
  healthSentence: 'All parts work.',
  fullest: [],
};

const row = (id: string, usagePercent: number): SessionRow => ({
  id,
  label: id,
  severity: 'ok',
  usagePercent,
  tokensUsed: 1,
  windowTokens: 2,
  checkpoints: 0,
  tokensSaved: 0,
  trend: [],
});

const stateOf = (rows: readonly SessionRow[], more: Partial<PageFields> = {}): PageState => ({
  fields: { ...fields, ...more },
  sessions: new Map(rows.map((one) => [one.id, one])),
});

const sent = (change: unknown) => JSON.parse(JSON.stringify(change));

test('sends only the changes', () => {
  const before = stateOf([row('a', 1), row('b', 2), row('c', 3)]);
  const after = stateOf([row('a', 1), row('b', 20)], { newestSampleSeconds: 2 });
  expect(changeBetween(before, after, 5)).toEqual({
    isWhole: false,
    atMillis: 5,
    fields: { newestSampleSeconds: 2 },
    sessions: [row('b', 20)],
    gone: ['c'],
  });
});

test('applying the changes gives the same state, and unchanged rows stay the same objects', () => {
  const first = stateOf([row('a', 1), row('b', 2)]);
  const second = stateOf([row('b', 2), row('d', 4)], { blindness: { sentence: 'Blind.', remedy: 'See.' } });
  const third = stateOf([row('d', 4)]);
  const shown = changed(stateOf([row('old', 1)]), sent(changeBetween(undefined, first, 1)));
  expect(shown).toEqual(first);
  const next = changed(shown, sent(changeBetween(first, second, 2)));
  expect(next).toEqual(second);
  expect(next.sessions.get('b')).toBe(shown.sessions.get('b'));
  expect(changed(next, sent(changeBetween(second, third, 3)))).toEqual(third);
});
