import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { grafanaSession } from './grafana-login.ts';
import { oneTimeLink } from './one-time-link.ts';

/** A server with the part of Grafana's HTTP API that the login uses. */
async function grafanaApi(users: Record<string, string>) {
  const calls: string[] = [];
  const admin = () => `Basic ${Buffer.from(`admin:${users['admin']}`).toString('base64')}`;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://host');
    const body = await bodyOf(request);
    const answer = (status: number, content: object = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    calls.push(`${request.method} ${pathname}`);
    if (pathname === '/login') {
      if (users[body['user']!] !== body['password']) return answer(401);
      response.setHeader('set-cookie', [
        `grafana_session=${body['user']}; Path=/; HttpOnly`,
        'grafana_session_expiry=1; Path=/',
      ]);
      return answer(200);
    }
    if (request.headers.authorization !== admin()) return answer(401);
    const login = body['login'] ?? 'ctxd-viewer';
    if (pathname === '/api/users/lookup') return answer(200, { id: 7 });
    if (pathname === '/api/admin/users' && users[login] !== undefined) return answer(412);
    users[login] = body['password']!;
    return answer(200);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => void server.close(closed));
  };
  return { url, calls, users, [Symbol.asyncDispose]: close };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const text = Buffer.concat(await request.toArray()).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}

const accessTo = ({ url }: { url: string }) => ({
  url,
  password: 'secret',
  passwordFile: '/state/grafana-password',
});

test('logs in as a viewer, whom it creates the first time', async () => {
  await using grafana = await grafanaApi({ admin: 'secret' });
  const cookies = await grafanaSession(accessTo(grafana), 'viewer');
  expect(cookies).toEqual([
    'grafana_session=ctxd-viewer; Path=/; HttpOnly',
    'grafana_session_expiry=1; Path=/',
  ]);
  expect(Object.keys(grafana.users)).toEqual(['admin', 'ctxd-viewer']);
  grafana.calls.length = 0;
  expect(await grafanaSession(accessTo(grafana), 'viewer')).toEqual(cookies);
  expect(grafana.calls).toEqual(['POST /login']);
});

test('sets the viewer’s password again when it was changed', async () => {
  await using grafana = await grafanaApi({ admin: 'secret', 'ctxd-viewer': 'another' });
  expect(await grafanaSession(accessTo(grafana), 'viewer')).toContain(
    'grafana_session=ctxd-viewer; Path=/; HttpOnly',
  );
});

test('logs in as admin and creates nobody', async () => {
  await using grafana = await grafanaApi({ admin: 'secret' });
  expect(await grafanaSession(accessTo(grafana), 'admin')).toContain(
    'grafana_session=admin; Path=/; HttpOnly',
  );
  expect(Object.keys(grafana.users)).toEqual(['admin']);
});

test('says what to do if Grafana refuses the password, or does not answer', async () => {
  const grafana = await grafanaApi({ admin: 'changed' });
  const byHand = 'Open it by hand. The user is admin; its first password is in /state/grafana-password';
  await expect(grafanaSession(accessTo(grafana), 'viewer')).rejects.toThrow(
    `Grafana at ${grafana.url} refuses the password of its user admin.\n${byHand}`,
  );
  await grafana[Symbol.asyncDispose]();
  await expect(grafanaSession(accessTo(grafana), 'admin')).rejects.toThrow(
    `Grafana at ${grafana.url} does not answer.\n${byHand}`,
  );
});

test('a link works once, and only with its own path and host', async () => {
  await using link = await oneTimeLink(['a=1; Path=/'], 'http://127.0.0.1:3000/');
  const open = async (url: string, headers = {}) => await fetch(url, { redirect: 'manual', headers });
  expect((await open(new URL('/', link.url).href)).status).toBe(404);
  expect((await open(link.url.replace('127.0.0.1', 'localhost'))).status).toBe(404);
  const opened = await open(link.url);
  expect([opened.status, opened.headers.get('location'), opened.headers.getSetCookie()]).toEqual([
    302,
    'http://127.0.0.1:3000/',
    ['a=1; Path=/'],
  ]);
  expect(await link.opened).toBe(true);
  expect((await open(link.url)).status).toBe(404);
});

test('a link that nobody opens says so when it is closed', async () => {
  const link = await oneTimeLink([], 'http://127.0.0.1:3000/');
  await link[Symbol.asyncDispose]();
  expect(await link.opened).toBe(false);
});
