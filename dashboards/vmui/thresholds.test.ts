import { expect, test } from 'vitest';
import { thresholdsFrom } from '#thresholds';
import { vmuiFiles } from './dashboard-file.ts';

function dashboardsAt(warning: string, critical: string): string {
  const env = { CTXD_WARNING_PERCENT: warning, CTXD_CRITICAL_PERCENT: critical };
  return [...vmuiFiles(thresholdsFrom(env)).values()].join('');
}

test('the dashboards query and name the thresholds of the environment', () => {
  const text = dashboardsAt('40', '55');
  expect(text.match(/>= bool \d+/g)).toEqual(['>= bool 55', '>= bool 40']);
  expect(text.match(/\d+ % \((warning|critical)\)/g)).toEqual(['55 % (critical)', '40 % (warning)']);
});

test('nothing in the dashboards but the thresholds changes with them', () => {
  const usual = dashboardsAt('70', '90');
  const other = dashboardsAt('40', '55');
  const replaced = usual
    .replaceAll(/(?<before>>= bool |")70(?<after> % \(|\))/g, '$<before>40$<after>')
    .replaceAll(/(?<before>>= bool |")90(?<after> % \(|\))/g, '$<before>55$<after>');
  expect(other).toBe(replaced);
});
