import { expect, test } from 'vitest';
import { completionsOf, sessionCompletions } from './session-completion.ts';

const sessions = [
  { id: '66661111-0000-4000-8000-000000000000', name: 'auth refactor', project: 'shop', usagePercent: 1 },
  { id: 'conn_1', name: 'flaky-ci', usagePercent: 1 },
];

test('completes ids, with labels, and names that need no quotes', () => {
  expect(completionsOf(sessions, '')).toBe('66661111\tauth refactor\nconn_1\tflaky-ci\nflaky-ci\tconn_1\n:4');
  expect(completionsOf(sessions, '66')).toBe('66661111\tauth refactor\n:4');
});

test('offers nothing but an end without a stack', async () => {
  const env = { CTXD_STATE_DIR: '/nowhere', CTXD_RECEIVER_PORT: '9' };
  expect(await sessionCompletions(['show', ''], env)).toBe(':4');
});

test.each([[['show', '--']], [['show', 'x', '']], [['up', '']], [['show']], [[]]])(
  'leaves %j to the others',
  async (words) => {
    expect(await sessionCompletions(words, {})).toBeUndefined();
  },
);
