import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { monitorQueries, webQueries } from '#queries';
import { basicAuthorization } from '../compose/runtime/login.ts';
import { percentShown, tokensShown } from '../dashboards/text/quantity.ts';
import type { PageChange } from '../dashboards/web/page-state.ts';
import { startBackend, type Backend } from './backend.ts';
import { claudeCode } from './claude-code-session.ts';
import { type Looking, type OpenPage, type PageBrowser, startBrowser } from './page-browser.ts';
import { expectGood, picture } from './page-looks.ts';
import { climbing, showSessions, workday } from './page-sessions.ts';
import { bySession, waitForAnswer } from './promql.ts';

let backend: Backend;
let browser: PageBrowser;

const [auth, ci] = ['b1f0c6aa-0d3e-4d2c-9d21-6a5be83f1c01', 'c2a1d7bb-1e4f-4e3d-8e32-7b6cf94a2d02'];
const yesterday = {
  id: 'past-session',
  name: 'migration',
  project: 'billing',
  percent: 81,
  checkpoints: [40],
  course: climbing(10, 81, [40]),
  lateMinutes: 1 / 3,
  endedMinutesAgo: 20,
};

beforeAll(async () => {
  browser = await startBrowser();
  backend = await startBackend({ withReceiver: true });
  await showSessions(backend, [...workday, yesterday]);
  await claudeCode(backend.urls).request(auth, { tokensUsed: 31_000, agent: 'explorer' });
  await waitForAnswer(backend, monitorQueries.usagePercent.expr, ({ length }) => length === workday.length);
  await waitForAnswer(backend, monitorQueries.firingAlerts.expr, ({ length }) => length >= 3, 300_000);
}, 900_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
});

const open = async (address = '', looking: Looking = {}) =>
  await browser.open(`${backend.urls.receiver}/${address}`, looking);

async function openOverview(looking: Looking = {}): Promise<OpenPage> {
  const tab = await open('', looking);
  await tab.page.getByRole('link', { name: 'auth refactor' }).first().waitFor();
  return tab;
}

const pastAddress = () => {
  const now = Math.floor(Date.now() / 1_000);
  return `#/session/${yesterday.id}?from=${now - 3_900}&to=${now}`;
};

const screens = [
  ['overview', () => '', 'auth refactor', 1],
  ['session', () => `#/session/${auth}`, '186K → 37', 4],
  ['past', () => '#/past', 'migration', 0],
  ['past-session', pastAddress, 'Time to full', 4],
  ['alerts', () => '#/alerts', 'reached 92.4 %', 0],
  ['health', () => '#/health', 'Everything works.', 0],
] as const;

const looks: readonly Looking[] = [
  { width: 360, height: 740, colorScheme: 'light' },
  { width: 1_440, height: 1_000, colorScheme: 'dark' },
  { width: 1_920, height: 1_080, colorScheme: 'light' },
  { width: 2_560, height: 1_080, colorScheme: 'dark', contrast: 'more' },
];

describe.each(screens)('the screen %s', (name, address, words, charts) => {
  test.each(looks)('looks right at $width px, $colorScheme, contrast $contrast', async (looking) => {
    await using tab = await open(address(), looking);
    await tab.page.getByText(words).first().waitFor();
    await expect.poll(() => tab.page.locator('canvas').count()).toBe(charts);
    await expectGood(tab);
    await picture(tab, `page-${name}-${looking.width}-${looking.colorScheme}`);
  });
});

test('the overview shows which sessions need attention now, most urgent first', async () => {
  await using tab = await openOverview();
  const advice = tab.page.getByRole('region', { name: 'What to do' }).getByRole('listitem');
  await expect
    .poll(() => advice.allInnerTexts())
    .toEqual([
      expect.stringMatching(
        /^✗\s+Critical\s+auth refactor 92\.4% of context, 15\.2K left.*Save a checkpoint/s,
      ),
      expect.stringMatching(/flaky CI 78\.1% of context, 43\.8K left.*Plan a checkpoint/s),
      expect.stringMatching(/search 71\.6% of context/),
    ]);
  await expect.poll(() => tab.page.title()).toBe('✗1 ⚠2 ctxd');
  const icon = await tab.page.locator('link[rel=icon]').getAttribute('href');
  expect(decodeURIComponent(icon ?? '')).toContain('×');
});

test('the figures match those that PromQL returns', async () => {
  await using tab = await openOverview({ width: 1_920 });
  const [percents, tokens, compaction] = await Promise.all(
    [monitorQueries.usagePercent, monitorQueries.tokensUsed, webQueries.compactionTokens].map(({ expr }) =>
      bySession(backend, expr),
    ),
  );
  const rows = tab.page.locator('table.sessions tbody tr');
  const shown = new Map<string, string[]>();
  for (const row of await rows.all()) {
    const href = (await row.getByRole('link').getAttribute('href')) ?? '';
    shown.set(decodeURIComponent(href.replace('#/session/', '')), await row.locator('td').allInnerTexts());
  }
  const expected = Object.entries(percents ?? {}).map(([id, percent]) => [
    id,
    percentShown(percent),
    `${tokensShown(tokens?.[id] ?? 0)} / 200K`,
  ]);
  const seen = [...shown].map(([id, cells]) => [id, cells[2], cells[3]?.replaceAll(/\s+/g, ' ')]);
  expect(seen).toEqual(expected.toSorted((a, b) => parseFloat(b[1] ?? '') - parseFloat(a[1] ?? '')));
  const tick = tab.page.locator('tbody tr').first().locator('.tick.compaction');
  expect(await tick.getAttribute('style')).toContain(`${(100 * (compaction?.[auth] ?? 0)) / 200_000}%`);
});

test('a change is shown, and only the change is sent', async () => {
  await using tab = await browser.open('about:blank');
  const changes = await changesSentTo(tab);
  await claudeCode(backend.urls).statusline(workday[6]?.id ?? '', {
    tokensUsed: 48_000,
    more: { cwd: '/home/ann/infra' },
  });
  await tab.page.getByRole('row', { name: /infra .*24%/ }).waitFor();
  const sizes = () => changes.slice(1).map(({ sessions }) => sessions.length);
  await expect.poll(() => Math.min(...sizes())).toBeLessThan(workday.length);
  expect(changes.map(({ isWhole }) => isWhole)).toEqual([true, ...sizes().map(() => false)]);
});

/** Opens the overview and collects what it receives. */
async function changesSentTo({ page }: OpenPage): Promise<PageChange[]> {
  const changes: PageChange[] = [];
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.eventSourceMessageReceived', ({ eventName, data }) => {
    if (eventName === 'message') changes.push(JSON.parse(data) as PageChange);
  });
  await page.goto(backend.urls.receiver);
  await page.getByRole('link', { name: 'auth refactor' }).first().waitFor();
  return changes;
}

test('keys search, select, open, go back, sort and show help, as in the monitor', async () => {
  await using tab = await openOverview();
  const { page } = tab;
  await page.keyboard.press('/');
  await page.keyboard.type('doc');
  await page.getByText('2 of 8').waitFor();
  expect(await page.locator('tbody tr').count()).toBe(2);
  await page.keyboard.press('Escape');
  await page.getByText('2 of 8').waitFor({ state: 'detached' });
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  expect(await page.locator('tr[aria-current=true] th').innerText()).toBe('flaky CI');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'auth refactor' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('table.sessions').waitFor();
  await page.keyboard.press('o');
  await page.locator('th[aria-sort=ascending]', { hasText: 'Session' }).waitFor();
  expect(await page.locator('tbody th').first().innerText()).toBe('auth refactor');
  await page.keyboard.press('A');
  await page.getByRole('heading', { name: 'Active alerts' }).waitFor();
  await page.keyboard.press('h');
  await page.getByRole('heading', { name: 'Health' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await expectGood(tab);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
});

test('a click on a heading sorts, and a second click reverses the order', async () => {
  await using tab = await openOverview();
  const { page } = tab;
  await page.getByRole('button', { name: 'Session', exact: true }).click();
  await page.getByRole('button', { name: 'Session', exact: true }).click();
  await page.locator('th[aria-sort=descending]', { hasText: 'Session' }).waitFor();
  expect(await page.locator('tbody th').first().innerText()).toBe('search');
});

const silencesOf = async () => {
  const authorization = basicAuthorization('ctxd', backend.alertmanagerPassword);
  const ask = async (path: string) =>
    await (await fetch(`${backend.urls.alertmanager}/api/v2/${path}`, { headers: { authorization } })).json();
  const alerts = (await ask('alerts')) as {
    labels: Record<string, string>;
    status: { state: string };
  }[];
  return alerts
    .filter(({ status }) => status.state === 'suppressed')
    .map(({ labels }) => labels['session_id']);
};

test('a checkpoint shows the tokens before and after it, though its counter grows later than they fall', async () => {
  await using tab = await open(pastAddress());
  const [, before, after] = /([\d.]+)K → ([\d.]+)K/.exec(await tab.page.getByText(/K → /).innerText()) ?? [];
  expect(Number(before)).toBeGreaterThan(180);
  expect(Number(after)).toBeLessThan(30);
});

test('the page silences the alerts of a session, and ends the silence', async () => {
  await using tab = await open(`#/session/${ci}`);
  const { page } = tab;
  await page.getByRole('button', { name: 'Silence 1 h' }).click();
  await page.getByText('Its alerts are silenced for an hour').waitFor();
  await expect.poll(silencesOf).toEqual([ci]);
  await page.goto(`${backend.urls.receiver}/#/alerts`);
  await page.locator('li', { hasText: 'flaky CI' }).getByText('silenced', { exact: true }).waitFor();
  await page.getByRole('button', { name: /Silenced until/ }).click();
  await expect.poll(silencesOf).toEqual([]);
  await expectGood(tab);
});

test('a change that is made before the page is connected takes effect once it is', async () => {
  await using tab = await browser.open('about:blank');
  const { page } = tab;
  const isClicked = Promise.withResolvers<void>();
  await page.route('**/page/events', async (route) => {
    await isClicked.promise;
    await route.continue();
  });
  await page.goto(`${backend.urls.receiver}/#/session/${auth}`);
  await page.getByRole('button', { name: 'Silence 1 h' }).click();
  isClicked.resolve();
  await page.getByRole('button', { name: /Silenced until/ }).click();
  await expect.poll(silencesOf).toEqual([]);
});

test('the page names a session', async () => {
  await using tab = await open(`#/session/${workday[7]?.id}`);
  const { page } = tab;
  await page.getByRole('heading', { name: 'release notes' }).waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Name', exact: true }).isEnabled()).toBe(true);
  await page.keyboard.press('n');
  await page.getByLabel('Name', { exact: true }).fill('1.0 <b>notes</b>');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: '1.0 <b>notes</b>' }).waitFor();
  await expectGood(tab);
});

test('the page copies the command that resumes a session', async () => {
  await using tab = await open(`#/session/${auth}`, { permissions: ['clipboard-read', 'clipboard-write'] });
  await tab.page.getByRole('button', { name: 'Copy resume' }).click();
  await tab.page.getByText(`Copied claude --resume ${auth}`).waitFor();
  expect(await tab.page.evaluate('navigator.clipboard.readText()')).toBe(`claude --resume ${auth}`);
});

test('the page replays a past session step by step', async () => {
  await using tab = await open(pastAddress());
  const { page } = tab;
  const moment = page.getByRole('slider', { name: 'Moment' });
  await moment.focus();
  await page.keyboard.press('End');
  await page.locator('.moment', { hasText: /\d%, [\d.]+K \/ 200K/ }).waitFor();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Replay' }).click();
  await expect.poll(async () => Number(await moment.inputValue())).toBeGreaterThan(3);
  await page.getByRole('button', { name: 'Pause' }).click();
});

test('a browser with permission notifies when a session gets worse', async () => {
  await using tab = await open('', { permissions: ['notifications'] });
  const { page } = tab;
  await page.evaluate(`
    globalThis.shown = [];
    globalThis.Notification = class extends EventTarget {
      static permission = 'granted';
      constructor(title) {
        super();
        shown.push(title);
      }
    };
  `);
  await page.getByRole('link', { name: 'billing export' }).first().waitFor();
  const id = workday[5]?.id ?? '';
  await claudeCode(backend.urls).statusline(id, { tokensUsed: 150_000, more: { cwd: '/home/ann/billing' } });
  const shown = async () => await page.evaluate<string[]>('shown');
  await expect.poll(shown).toEqual([expect.stringMatching(/^⚠ billing export 75% of context, 50K left/)]);
});

describe('blind', () => {
  test.each(['victoriametrics', 'collector', 'receiver'] as const)(
    'says so when %s is down, dims the last figures, and recovers by itself',
    async (part) => {
      await using tab = await openOverview();
      const { page } = tab;
      await backend.stop(part, 'SIGKILL');
      const sentence = {
        victoriametrics: 'VictoriaMetrics',
        collector: 'Collector',
        receiver: 'The receiver',
      }[part];
      await page
        .getByRole('alert')
        .filter({ hasText: `${sentence} does not answer` })
        .waitFor();
      await page
        .getByRole('alert')
        .filter({ hasText: /The dimmed figures below are \d+[sm] old/ })
        .waitFor();
      await expect.poll(() => page.title()).toContain('? ✗1');
      await page.locator('main.dimmed').getByText('92.4%').first().waitFor();
      await expectGood(tab);
      await picture(tab, `page-blind-${part}`);
      await backend.start(part);
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await page.getByText('live', { exact: true }).waitFor();
    },
  );
});
