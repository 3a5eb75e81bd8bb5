import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { monitorQueries } from '#queries';
import { startBackend, type Backend } from './backend.ts';
import { type PageBrowser, startBrowser } from './page-browser.ts';
import { expectGood } from './page-looks.ts';
import { showSessions } from './page-sessions.ts';
import { waitForAnswer } from './promql.ts';

let backend: Backend;
let browser: PageBrowser;

const markup = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const hostile = [
  { id: 'markup', name: markup, project: 'a"onmouseover="document.title=1', percent: 95 },
  { id: 'javascript:document.title', name: 'javascript:document.title=1', percent: 92 },
  { id: 'turned', name: '\u202Eevil\u2066 turned \u0007\u001B[2J around', percent: 80 },
  { id: 'long', name: 'x'.repeat(128), project: 'y'.repeat(128), percent: 75 },
  { id: 'wide', name: '日本語のセッション名 👩‍👩‍👧‍👦 مرحبا بالعالم', percent: 40 },
  { id: '__proto__', name: 'constructor', percent: 30 },
  { id: 'quote\'"`$(id)', name: '${7*7} {{7*7}} %s', percent: 20 },
];

beforeAll(async () => {
  browser = await startBrowser();
  backend = await startBackend({ withReceiver: true });
  await showSessions(
    backend,
    hostile.slice(0, -1).map((session) => ({ ...session, course: () => session.percent })),
  );
  await waitForAnswer(backend, monitorQueries.newestSample.expr, ({ length }) => length === 1);
}, 900_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
});

const url = (path = '/') => `${backend.urls.receiver}${path}`;

describe('hostile names', () => {
  test.each([360, 1_440, 1_920])('are shown as plain text, at %d px', async (width) => {
    await using tab = await browser.open(url(), { width });
    const { page } = tab;
    await page.getByRole('row').getByText(markup).waitFor();
    await page.getByRole('row').getByText('evil turned [2J around').waitFor();
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    await expect.poll(() => page.title()).toBe('✗2 ⚠2 ctxd');
    await expectGood(tab);
  });

  test.each(hostile.slice(0, -1).map(({ id, name }) => [id, name]))(
    'are safe on the page of session %s',
    async (id) => {
      await using tab = await browser.open(url(`/#/session/${encodeURIComponent(id)}`), { width: 360 });
      await tab.page.getByRole('heading', { name: 'Context' }).waitFor();
      expect(await tab.page.locator('#app img, #app script').count()).toBe(0);
      await expectGood(tab);
    },
  );
});

/** Opens a page from another origin, to attack the receiver from. */
async function openForeign() {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>foreign</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const context = await browser.browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a foreign page', () => {
  test.each(['/', '/page/events', '/page/past?from=1&to=2', '/page/app.js', '/v1/sessions'])(
    'reads nothing from %s',
    async (path) => {
      await using foreign = await openForeign();
      const outcomes = await foreign.page.evaluate<string[]>(`(async () => {
        const outcome = async (options) => {
          try {
            const response = await fetch(${JSON.stringify(url(path))}, options);
            return response.type + ' ' + (await response.text()).length;
          } catch { return 'refused'; }
        };
        return [await outcome({}), await outcome({ mode: 'no-cors' }), await outcome({ credentials: 'include' })];
      })()`);
      expect(outcomes).toEqual(['refused', expect.stringMatching(/^(opaque 0|refused)$/), 'refused']);
    },
  );

  test('receives no events and cannot read the page in a frame', async () => {
    await using foreign = await openForeign();
    const outcomes = await foreign.page.evaluate<unknown[]>(`(async () => {
      const events = await new Promise((resolve) => {
        const source = new EventSource(${JSON.stringify(url('/page/events'))});
        source.onmessage = () => resolve('events');
        source.onerror = () => resolve('refused');
      });
      const frame = document.createElement('iframe');
      frame.src = ${JSON.stringify(url())};
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
      const framed = (() => { try { return frame.contentDocument?.title ?? 'refused'; } catch { return 'refused'; } })();
      return [events, framed];
    })()`);
    expect(outcomes).toEqual(['refused', 'refused']);
  });

  test('changes nothing, whatever it sends', async () => {
    await using foreign = await openForeign();
    await foreign.page.evaluate(`(async () => {
      const body = JSON.stringify({ sessionId: 'long', name: 'hijacked' });
      for (const path of ['/page/name', '/page/silence'])
        for (const options of [{ mode: 'no-cors' }, { headers: { 'x-ctxd-token': 'guess' } }])
          await fetch(${JSON.stringify(url(''))} + path, { method: 'POST', body, ...options }).catch(() => undefined);
    })()`);
    const { name } = (await (await fetch(url('/v1/sessions/long'))).json()) as { name: string };
    expect(name).toBe('x'.repeat(128));
  });

  test('may link to the page', async () => {
    await using foreign = await openForeign();
    await foreign.page.evaluate(`location.href = ${JSON.stringify(url())}`);
    await foreign.page.getByRole('link', { name: 'ctxd' }).waitFor();
    expect(await foreign.page.title()).toContain('ctxd');
  });
});

const change = async (headers: Record<string, string>) =>
  await fetch(url('/page/name'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ sessionId: 'long', name: 'hijacked' }),
  });

/** Reads the token the way the page does. */
async function tokenOfPage(): Promise<string> {
  const response = await fetch(url('/page/events'));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const { value = '' } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return /^event: token\ndata: (.+)$/m.exec(value)?.[1] ?? '';
}

describe('the receiver', () => {
  test.each([
    ['no token', {}],
    ['a guessed token', { 'x-ctxd-token': 'guess' }],
    ['another origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'same-site' }],
  ])('rejects a change with %s', async (_, headers) => {
    expect((await change(headers)).status).toBe(403);
  });

  test('with the token, rejects a change from another origin and accepts one from its own', async () => {
    const token = { 'x-ctxd-token': await tokenOfPage() };
    expect((await change({ ...token, origin: 'http://evil.example' })).status).toBe(403);
    expect((await change({ ...token, origin: backend.urls.receiver })).status).toBe(200);
  });

  test('rejects requests for another host name', async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    request(url(), { headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode)).end();
    expect(await promise).toBe(403);
  });

  test('sends a strict content security policy with every response', async () => {
    for (const path of ['/', '/page/app.js', '/page/app.css', '/page/nothing']) {
      const { headers } = await fetch(url(path));
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test.each([
    ['/page/session?id=a&from=5&to=1', 400],
    ['/page/session?id=%22%7D%20or%20up&from=1&to=2', 200],
    ['/page/../package.json', 404],
    ['/page/', 404],
  ])('responds to %s with %d', async (path, status) => {
    expect((await fetch(url(path))).status).toBe(status);
  });
});
