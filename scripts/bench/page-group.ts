import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { startNative } from '../stack/native-stack.ts';
import { type Child, startChild } from './child.ts';
import { startChromium } from './chromium.ts';
import { median } from './statistics.ts';
import { sessionIdOf } from './subject.ts';
import type { Table } from './table.ts';

const sessionCounts = [50, 1_000];
const tabCount = 3;

/** Measures the page in the machine's Chromium: the first figures, a search, and what three open tabs cost. */
export async function measurePage(quick: boolean): Promise<Table[]> {
  await using browser = await startChromium();
  const rows = [];
  for (const sessions of sessionCounts) rows.push(await measureWith(sessions, browser, quick));
  return [
    {
      title:
        'The page in Chromium: until the first figures (of which the empty page), a search, and the CPU of the receiver',
      rows,
    },
  ];
}

async function measureWith(sessions: number, browser: Browser, quick: boolean) {
  await using stack = await startNative({ parts: ['collector', 'victoriametrics'], print: console.log });
  const { collector, victoriametrics } = stack.urls;
  await using receiver = await startChild('servePage', {
    collectorUrl: collector,
    storeUrl: victoriametrics,
    storeAuthorization: stack.storeAuthorization,
  });
  const { url } = receiver.answer;
  await report(url, sessions);
  await loadMillis(browser, url, sessions);
  const loads = [];
  for (let round = 0; round < (quick ? 3 : 10); round += 1) {
    loads.push(await loadMillis(browser, url, sessions));
  }
  const seconds = quick ? 10 : 30;
  const idlePercent = await cpuPercent(receiver, seconds);
  await using tabs = new AsyncDisposableStack();
  for (let count = 0; count < tabCount; count += 1) tabs.use(await openTab(browser, url, sessions));
  const tabsPercent = await cpuPercent(receiver, seconds);
  return {
    sessions,
    'first figures ms': median(loads.map(({ figures }) => figures)),
    'worst ms': Math.max(...loads.map(({ figures }) => figures)),
    'empty page ms': median(loads.map(({ empty }) => empty)),
    'search ms': median(loads.map(({ search }) => search)),
    'CPU % without tabs': idlePercent,
    [`with ${tabCount} tabs`]: tabsPercent,
    ratio: tabsPercent / idlePercent,
  };
}

/** Reports sessions with a share of their window between 1 and 99 %. */
async function report(url: string, sessions: number): Promise<void> {
  for (let index = 0; index < sessions; index += 1) {
    const tokens = 2_000 * (1 + ((index * 7) % 99));
    await fetch(`${url}/claude-code/statusline`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        session_id: sessionIdOf(index),
        cwd: `/home/ann/project-${index}`,
        context_window: { context_window_size: 200_000, current_usage: { input_tokens: tokens } },
      }),
    });
  }
}

/** Opens a tab and waits until it shows all sessions, or the first 200. */
async function openTab(browser: Browser, url: string, sessions: number) {
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#sessions-title', { hasText: String(sessions) }).waitFor();
  return { page, [Symbol.asyncDispose]: () => context.close() };
}

async function loadMillis(browser: Browser, url: string, sessions: number) {
  await using tab = await openTab(browser, url, sessions);
  const { page } = tab;
  return {
    figures: await page.evaluate<number>('performance.getEntriesByName("figures")[0].startTime'),
    empty: await page.evaluate<number>('performance.getEntriesByName("first-contentful-paint")[0].startTime'),
    search: await searchMillis(page, sessions),
  };
}

async function searchMillis(page: Page, sessions: number): Promise<number> {
  await page.keyboard.press('/');
  const start = performance.now();
  await page.keyboard.type(`project-${sessions - 1}`);
  await page.locator('#sessions-title', { hasText: `1 of ${sessions}` }).waitFor();
  return performance.now() - start;
}

async function cpuPercent(receiver: Child<'servePage'>, seconds: number): Promise<number> {
  const before = await receiver.cpuMicros();
  await setTimeout(seconds * 1_000);
  return ((await receiver.cpuMicros()) - before) / seconds / 10_000;
}
