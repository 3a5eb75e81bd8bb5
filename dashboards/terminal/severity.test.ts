import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { percentShown } from '../text/quantity.ts';
import { severityOf } from './severity.ts';

test.each([
  [69.99, '69.9%', 'ok'],
  [70, '70%', 'warning'],
  [89.96, '89.9%', 'warning'],
  [90, '90%', 'critical'],
  [105, '105%', 'critical'],
])('%d %% is shown as %s, which agrees with its state %s', (percent, shown, severity) => {
  expect(percentShown(percent)).toBe(shown);
  expect(severityOf(percent, defaultThresholds)).toBe(severity);
});
