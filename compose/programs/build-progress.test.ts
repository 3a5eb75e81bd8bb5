import { expect, test } from 'vitest';
import { buildEstimate, progressLine } from './build-progress.ts';
import { programs } from './programs.ts';

test.each([
  [
    { seconds: 20, built: [], current: undefined, waiting: ['collector', 'vmalert'] },
    '  20 s: 0 of 2 built, downloading modules, to do: collector, vmalert',
  ],
  [
    { seconds: 40, built: ['vmalert'], current: 'collector', waiting: ['alertmanager'] },
    '  40 s: 1 of 3 built, compiling collector, to do: alertmanager',
  ],
  [
    { seconds: 60, built: ['vmalert'], current: 'collector', waiting: [] },
    '  60 s: 1 of 2 built, compiling collector',
  ],
])('%j reads `%s`', (state, line) => {
  expect(progressLine(state)).toBe(line);
});

test('the estimate grows with the programs and shrinks with the cores', () => {
  const { collector, victoriametrics, alertmanager, vmalert } = programs;
  const four = [collector, victoriametrics, alertmanager, vmalert];
  expect(buildEstimate(four, 2)).toBe('2 to 4 minutes on 2 cores');
  expect(buildEstimate(four, 8)).toBe('1 to 2 minutes on 8 cores');
  expect(buildEstimate(four, 1)).toBe('4 to 8 minutes on 1 core');
  expect(buildEstimate([vmalert], 2)).toBe('1 to 2 minutes on 2 cores');
});
