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

const imagesFolder = new URL('../docs/images/', import.meta.url).pathname;

/** The pictures that the README shows, by the name that a test gives them. */
const shown: Readonly<Record<string, string>> = {
  'page-overview-1440-dark': 'page-overview',
  'page-session-1440-dark': 'page-session',
  'page-blind-victoriametrics': 'page-blind',
};

/**
 * Takes a picture where `CTXD_PICTURES` says so: `1` for those that the README shows, into docs/images; a folder for all, into that.
 */
export async function picture({ page }: OpenPage, name: string): Promise<void> {
  const wanted = process.env['CTXD_PICTURES'];
  if (!wanted || (wanted === '1' && shown[name] === undefined)) return;
  const path = wanted === '1' ? `${imagesFolder}${shown[name]}.png` : `${wanted}/${name}.png`;
  await page.screenshot({ path, fullPage: true });
}
