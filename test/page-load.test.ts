import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { monitorQueries } from '#queries';
import { startBackend, type Backend } from './backend.ts';
import { type PageBrowser, startBrowser } from './page-browser.ts';
import { expectGood, picture } from './page-looks.ts';
import { showSessions } from './page-sessions.ts';
import { waitForAnswer } from './promql.ts';

let backend: Backend;
let browser: PageBrowser;

beforeAll(async () => {
  [browser, backend] = await Promise.all([startBrowser(), startBackend({ withReceiver: true })]);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
});

const sessions = Array.from({ length: 1_000 }, (_, index) => ({
  id: `session-${index}`,
  project: `project ${index}`,
  percent: 1 + ((index * 7.3) % 99),
  cost: index / 100,
}));

/** Reports the first sessions and waits until the store returns them. */
async function report(count: number): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const next = sessions.slice(from, Math.min(count, from + 50));
    await Promise.all(next.map(async (session) => await showSessions(backend, [session])));
  }
  const areAllThere = ({ length }: { length: number }) => length === count;
  await waitForAnswer(backend, monitorQueries.usagePercent.expr, areAllThere, 300_000);
}

test('the whole page is at most 50 kB compressed', () => {
  const folder = new URL('../dashboards/generated/web/', import.meta.url).pathname;
  const sizes = readdirSync(folder).map(
    (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(50_000);
});

describe('with no session', () => {
  test.each([
    [360, 'light'],
    [1_920, 'dark'],
  ] as const)('says which command to run next, at %d px, %s', async (width, colorScheme) => {
    await using tab = await browser.open(backend.urls.receiver, { width, colorScheme });
    await tab.page.getByText('npm run connect').waitFor();
    await expect.poll(() => tab.page.title()).toBe('ctxd');
    await expectGood(tab);
    await picture(tab, `page-empty-${width}-${colorScheme}`);
  });
});

describe('with one session', () => {
  beforeAll(() => report(1));

  test.each([
    [360, 'dark'],
    [1_920, 'light'],
  ] as const)('looks right, at %d px, %s', async (width, colorScheme) => {
    await using tab = await browser.open(backend.urls.receiver, { width, colorScheme });
    await tab.page.getByRole('rowheader', { name: 'project 0' }).waitFor();
    await tab.page.getByText('Nothing: every session has room.').waitFor();
    await expectGood(tab);
    await picture(tab, `page-one-${width}-${colorScheme}`);
  });
});

describe('with a thousand sessions', () => {
  beforeAll(() => report(1_000));

  test.each([360, 1_920])('finds, lists and selects them all, at %d px', async (width) => {
    await using tab = await browser.open(backend.urls.receiver, { width });
    const { page } = tab;
    await page.getByRole('rowheader').nth(199).waitFor();
    await expectGood(tab);
    await picture(tab, `page-thousand-${width}`);
    await page.keyboard.press('/');
    await page.keyboard.type('project 999');
    await page.getByText('1 of 1000', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 of 1000', { exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Show all 1,000 sessions' }).click();
    await page.getByRole('rowheader').nth(999).waitFor();
    await page.keyboard.press('G');
    await page.locator('tr[aria-current=true]', { hasText: /project (0|990)/ }).waitFor();
  });
});
