import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

async function dashboardsAt(warning: string, critical: string): Promise<string> {
  vi.stubEnv('CTXD_WARNING_PERCENT', warning);
  vi.stubEnv('CTXD_CRITICAL_PERCENT', critical);
  // The thresholds are read from the environment as their module is.
  vi.resetModules();
  const { vmuiFiles } = await import('./dashboard-file.ts');
  return [...vmuiFiles().values()].join('');
}

test('the dashboards ask for and name the thresholds of the environment', async () => {
  const text = await dashboardsAt('40', '55');
  expect(text.match(/>= bool \d+/g)).toEqual(['>= bool 55', '>= bool 40']);
  expect(text.match(/\d+ % \((warning|critical)\)/g)).toEqual(['55 % (critical)', '40 % (warning)']);
});

test('nothing in the dashboards but the thresholds changes with them', async () => {
  const usual = await dashboardsAt('70', '90');
  const other = await dashboardsAt('40', '55');
  const replaced = usual
    .replaceAll(/(?<before>>= bool |")70(?<after> % \(|\))/g, '$<before>40$<after>')
    .replaceAll(/(?<before>>= bool |")90(?<after> % \(|\))/g, '$<before>55$<after>');
  expect(other).toBe(replaced);
});
