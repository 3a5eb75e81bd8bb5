import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { dashboardFiles } from '../dashboards/grafana/dashboard-file.ts';
import { type PageBrowser, startBrowser } from './page-browser.ts';

/** Any Grafana with our boards, such as `http://admin:password@127.0.0.1:3000`. */
const grafana = process.env['GRAFANA_URL'];
/** Where to keep pictures, such as `docs/images`. Default: nowhere. */
const pictures = process.env['GRAFANA_PICTURES'];

const uids = [...dashboardFiles(defaultThresholds).keys()].map((name) => name.replace('.json', ''));
/** Grafana docks its menu from 1,280 pixels on; `kiosk` hides it. */
const screens = [
  [400, '&kiosk'],
  [1_280, ''],
  [1_280, '&kiosk'],
  [1_920, '&kiosk'],
] as const;
/** Grafana's own header asks whether a board is shared publicly, and takes 404 for no. */
const notShared = 'Failed to load resource: the server responded with a status of 404 (Not Found)';
const themes = ['dark', 'light'] as const;
const ranges = {
  '5 minutes': 'from=now-5m&to=now',
  'an hour': 'from=now-1h&to=now',
  '30 days': 'from=now-30d&to=now',
  'a time without data': 'from=now-3y&to=now-2y',
};

describe.skipIf(grafana === undefined)('in a browser (only if GRAFANA_URL names a Grafana)', () => {
  let chromium: PageBrowser;

  beforeAll(async () => {
    chromium = await startBrowser();
  });

  afterAll(async () => chromium?.[Symbol.asyncDispose]());

  for (const uid of uids) {
    for (const [name, range] of Object.entries(ranges)) {
      test.each(screens.flatMap((screen) => themes.map((theme) => [...screen, theme] as const)))(
        `${uid} over ${name} shows no fault, %i pixels wide%s, %s`,
        async (width, menu, theme) => {
          const { page, complaints, ...tab } = await chromium.open(`${origin()}/login`, {
            width,
            height: 1_080,
            colorScheme: theme,
          });
          await using _ = tab;
          await page.evaluate(`(${signIn})(${JSON.stringify(login())})`);
          const before = complaints.length;
          await page.goto(`${origin()}/d/${uid}?${range}&theme=${theme}${menu}`);
          await page.waitForSelector('[data-testid*="Panel header"]');
          await page.waitForLoadState('networkidle');
          const picture = name === 'an hour' && menu !== '' && width > 1_000 ? pictures : undefined;
          if (picture !== undefined) {
            await page.screenshot({ path: `${picture}/${uid}-${width}-${theme}.png` });
          }
          expect(await page.evaluate<string[]>(faults)).toEqual([]);
          expect(complaints.slice(before).filter((one) => one !== notShared)).toEqual([]);
        },
      );
    }
  }
});

const url = () => new URL(grafana ?? 'http://127.0.0.1');
const origin = () => url().origin;
const login = () => ({
  user: decodeURIComponent(url().username),
  password: decodeURIComponent(url().password),
});

/** Runs in the page. */
const signIn = `async (login) => {
  if (login.user === '') return;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/login', { method: 'POST', headers, body: JSON.stringify(login) });
  if (!response.ok) throw new Error('Grafana refused to sign in: status ' + response.status);
}`;

/** Runs in the page: its error badges, numbers that are none, unexplained empty panels, and cut titles and headers. */
const faults = `(() => {
  const text = (element) => (element.textContent ?? '').trim();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const leaves = all('section *').filter((element) => element.children.length === 0);
  const wrong = /^(Err|No data|Data does not have a time field)$|\\b(Infinity|NaN)\\b|∞/;
  const isCut = ({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1;
  return [
    ...all('[data-testid*="Panel status error"]').map(() => 'an error badge'),
    ...leaves.map(text).filter((words) => wrong.test(words)),
    ...all('section h2, section [role="columnheader"] *')
      .filter((element) => text(element) !== '' && isCut(element))
      .map((element) => 'cut: ' + text(element)),
  ];
})()`;
