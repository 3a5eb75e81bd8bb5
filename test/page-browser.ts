import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../scripts/bench/chromium.ts';

/** The viewport and preferences of a tab. */
export interface Looking {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly contrast?: 'more' | 'no-preference';
  /** Permissions of the page, such as `clipboard-write`. */
  readonly permissions?: readonly string[];
}

/** The machine's Chromium, started for one test file. */
export interface PageBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** Opens a tab with its own cookies and storage. */
  open(url: string, looking?: Looking): Promise<OpenPage>;
}

/** A tab. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors, violations of the content security policy, and requests to other origins. */
  readonly complaints: readonly string[];
}

/** Long enough that only a page that hangs exceeds it, however busy the machine is. */
const patienceMillis = 100_000;

/** Starts the machine's Chromium with a new profile. */
export async function startBrowser(): Promise<PageBrowser> {
  const browser = await startChromium();
  return {
    browser,
    open: async (url, looking = {}) => await openTab(browser, url, looking),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openTab(browser: Browser, url: string, looking: Looking): Promise<OpenPage> {
  const { width = 1_280, height = 900, colorScheme = 'light', contrast = 'no-preference' } = looking;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    contrast,
    permissions: [...(looking.permissions ?? [])],
  });
  context.setDefaultTimeout(patienceMillis);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // Ignore network errors: tests stop the receiver on purpose.
    if (message.type() === 'error' && !message.text().includes('ERR_')) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const isOwn =
      new URL(request.url()).origin === new URL(url).origin || /^(data|blob):/.test(request.url());
    if (!isOwn) complaints.push(`requested ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
