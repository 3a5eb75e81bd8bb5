import axe from 'axe-core';
import { expect } from 'vitest';
import type { OpenPage } from './page-browser.ts';

/** Expects a screen that nothing is wrong with: no errors, nothing for axe to find, nothing beyond the edge. */
export async function expectGood({ page, complaints }: OpenPage): Promise<void> {
  expect(complaints).toEqual([]);
  // The content policy keeps the page from loading it; the browser's own debugger may.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.target, node.failureSummary])]),
  ).toEqual([]);
  const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(beyond).toBeLessThanOrEqual(0);
}

const picturesFolder = new URL('../docs/images/', import.meta.url).pathname;

/** Takes a picture for the README where `CTXD_PICTURES` is set. */
export async function picture({ page }: OpenPage, name: string): Promise<void> {
  const folder = process.env['CTXD_PICTURES'] === '1' ? picturesFolder : process.env['CTXD_PICTURES'];
  if (!folder) return;
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: !name.startsWith('page-overview') });
}
