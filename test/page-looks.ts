import axe from 'axe-core';
import { expect } from 'vitest';
import type { OpenPage } from './page-browser.ts';

/** Checking each of hundreds of equal rows takes axe half a minute. */
const checked = { exclude: ['tbody tr:nth-child(n + 40)'] };

/** Expects a good screen: no errors, no axe violations, and no horizontal overflow. */
export async function expectGood({ page, complaints }: OpenPage): Promise<void> {
  expect(complaints).toEqual([]);
  // The content security policy stops the page from loading axe, but not the debugger.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${JSON.stringify(checked)})`);
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.target, node.failureSummary])]),
  ).toEqual([]);
  const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(beyond).toBeLessThanOrEqual(0);
}

const imagesFolder = new URL('../docs/images/', import.meta.url).pathname;

/** The pictures in the README: the name in the tests → the file name. */
const shown: Readonly<Record<string, string>> = {
  'page-overview-1440-dark': 'page-overview',
  'page-session-1440-dark': 'page-session',
  'page-blind-victoriametrics': 'page-blind',
};

/**
 * Takes a picture if `CTXD_PICTURES` is set: with `1`, only those in the README, into docs/images; with a folder, all of
 * them, into that folder.
 */
export async function picture({ page }: OpenPage, name: string): Promise<void> {
  const wanted = process.env['CTXD_PICTURES'];
  if (!wanted || (wanted === '1' && shown[name] === undefined)) return;
  const path = wanted === '1' ? `${imagesFolder}${shown[name]}.png` : `${wanted}/${name}.png`;
  await page.screenshot({ path, fullPage: true });
}
