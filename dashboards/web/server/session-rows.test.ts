import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { rowsFrom, waitingLabels } from './session-rows.ts';

const info = (session_id: string, source: string, project: string) => ({
  labels: { session_id, source, project, window_source: source === 'otlp' ? 'default' : '' },
  value: 1,
});
const none = new Map<string, number>();
const answers = {
  values: {
    usagePercent: new Map([['measured', 50]]),
    tokensUsed: none,
    windowTokens: none,
    checkpoints: none,
    tokensSaved: none,
    costUsd: none,
    lastActivitySeconds: none,
    compactionTokens: none,
    secondsToFull: none,
  },
  info: [info('measured', 'otlp', 'shop'), info('new-1', 'process', 'shop'), info('new-2', 'process', 'api')],
};

test('sessions without a figure have labels, and no rows', () => {
  const context = { atSeconds: 0, thresholds: defaultThresholds, trends: new Map(), labelsBefore: new Map() };
  const rows = rowsFrom(answers, context);
  expect([...rows.values()]).toMatchObject([{ id: 'measured', label: 'shop (meas)', isWindowAssumed: true }]);
  expect(waitingLabels(answers, rows.values())).toEqual(['shop (new-)', 'api']);
});

test('the window of a session whose sender does not report it follows from tokens and usage', () => {
  const context = { atSeconds: 0, thresholds: defaultThresholds, trends: new Map(), labelsBefore: new Map() };
  const values = {
    ...answers.values,
    usagePercent: new Map([['seven', 75.0005]]),
    tokensUsed: new Map([['seven', 150_001]]),
  };
  const [row] = rowsFrom({ values, info: [] }, context).values();
  expect(row).toMatchObject({ tokensUsed: 150_001, windowTokens: 200_000 });
});
