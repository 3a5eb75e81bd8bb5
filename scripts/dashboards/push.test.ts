import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { pushDashboards } from './push.ts';

interface Saved {
  readonly dashboard: { readonly uid: string; readonly title: string; readonly version: number };
  readonly meta: { readonly folderUid: string };
}

/** A server with the endpoints of Grafana's documented HTTP API that are needed here. */
async function startGrafana({ version = '12.2.0', role = 'Editor', path = '' } = {}) {
  const folders = new Set<string>();
  const dashboards = new Map<string, Saved>();
  const requests: string[] = [];
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const route = `${request.method} ${request.url!.slice(path.length)}`;
    requests.push(route);
    if (!request.url!.startsWith(`${path}/api/`)) return [404, { message: 'Not found' }];
    if (route === 'GET /api/health') return [200, { database: 'ok', version }];
    if (request.headers.authorization !== 'Bearer glsa_right') return [401, { message: 'Invalid API key' }];
    const uid = route.split('/').at(-1)!;
    if (route.startsWith('GET /api/folders/'))
      return folders.has(uid) ? [200, { uid }] : [404, { message: 'folder not found' }];
    if (route.startsWith('GET /api/dashboards/uid/')) {
      const saved = dashboards.get(uid);
      return saved === undefined ? [404, { message: 'Dashboard not found' }] : [200, saved];
    }
    if (role !== 'Editor') return [403, { message: 'You’ll need additional permissions' }];
    const body = (await json(request)) as {
      uid: string;
      dashboard: Saved['dashboard'];
      folderUid: string;
      overwrite: boolean;
    };
    if (route === 'POST /api/folders') {
      folders.add(body.uid);
      return [200, { uid: body.uid }];
    }
    const before = dashboards.get(body.dashboard.uid);
    if (before !== undefined && !body.overwrite) return [412, { status: 'version-mismatch' }];
    const stored = {
      ...body.dashboard,
      id: dashboards.size + 1,
      version: (before?.dashboard.version ?? 0) + 1,
    };
    dashboards.set(body.dashboard.uid, { dashboard: stored, meta: { folderUid: body.folderUid } });
    return [200, { status: 'success', uid: body.dashboard.uid, version: stored.version }];
  };
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    folders,
    dashboards,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function recorder() {
  const lines: string[] = [];
  return { lines, print: (line: string) => void lines.push(line) };
}

const token = 'glsa_right';

describe('pushing the dashboards', () => {
  test('creates the folder and every dashboard in it', async () => {
    await using grafana = await startGrafana();
    const { lines, print } = recorder();
    await pushDashboards({ url: grafana.url, token, print });
    expect([...grafana.folders]).toEqual(['ctxd']);
    expect([...grafana.dashboards].map(([uid, { meta }]) => [uid, meta.folderUid])).toEqual(
      [...dashboardFiles(defaultThresholds).keys()].map((file) => [file.replace('.json', ''), 'ctxd']),
    );
    expect(lines.join('\n')).toBe(`Grafana 12.2.0 at ${grafana.url}, folder “ctxd”:
  created    Context overview
  created    Session detail
  created    Sessions compared
  created    Pipeline health
Open ${grafana.url}/d/ctxd-context-overview and choose the data source that holds the metrics.`);
  });

  test('changes nothing the second time', async () => {
    await using grafana = await startGrafana();
    const { lines, print } = recorder();
    await pushDashboards({ url: grafana.url, token, print: () => undefined });
    grafana.requests.length = 0;
    await pushDashboards({ url: grafana.url, token, print });
    expect(grafana.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
    expect(lines.filter((line) => line.includes('unchanged'))).toHaveLength(4);
  });

  test('updates the one that somebody changed or moved', async () => {
    await using grafana = await startGrafana();
    await pushDashboards({ url: grafana.url, token, print: () => undefined });
    const { dashboards } = grafana;
    const [first, second] = [...dashboards.keys()] as [string, string];
    dashboards.set(first, { ...dashboards.get(first)!, meta: { folderUid: 'elsewhere' } });
    const changed = dashboards.get(second)!;
    dashboards.set(second, { ...changed, dashboard: { ...changed.dashboard, title: 'Mine' } });
    const { lines, print } = recorder();
    await pushDashboards({ url: grafana.url, token, print });
    expect(lines.filter((line) => line.includes('updated'))).toHaveLength(2);
    expect(dashboards.get(second)!.dashboard).toMatchObject({ title: 'Session detail', version: 2 });
    expect(dashboards.get(first)!.meta.folderUid).toBe('ctxd');
  });

  test.each(['12.2.0', '12.10.1', '13.0.0', '13.2.3-ubuntu'])('accepts Grafana %s', async (version) => {
    await using grafana = await startGrafana({ version });
    await expect(
      pushDashboards({ url: grafana.url, token, print: () => undefined }),
    ).resolves.toBeUndefined();
  });

  test('works below a sub-path, with or without a slash at its end', async () => {
    await using grafana = await startGrafana({ path: '/grafana' });
    await pushDashboards({ url: grafana.url, token, print: () => undefined });
    await pushDashboards({ url: `${grafana.url}/`, token, print: () => undefined });
    expect(grafana.dashboards.size).toBe(4);
  });
});

describe('pushing fails in a sentence', () => {
  const push = (url: string, given = token) => pushDashboards({ url, token: given, print: () => undefined });

  test('for a token that Grafana does not know', async () => {
    await using grafana = await startGrafana();
    await expect(push(grafana.url, 'glsa_wrong')).rejects.toThrow(
      `Grafana refused GET ${grafana.url}/api/folders/ctxd: 401, Invalid API key.\nSet GRAFANA_TOKEN`,
    );
  });

  test('for a token without write access', async () => {
    await using grafana = await startGrafana({ role: 'Viewer' });
    await expect(push(grafana.url)).rejects.toThrow(
      /403, .+\nGive the token’s service account the role Editor/,
    );
    expect(grafana.dashboards.size).toBe(0);
  });

  test('for a URL that is not Grafana’s', async () => {
    await using grafana = await startGrafana({ path: '/grafana' });
    const wrong = grafana.url.replace('/grafana', '');
    await expect(push(wrong)).rejects.toThrow(
      `${wrong}/api/health: 404, Not found.\nSet GRAFANA_URL to the URL of`,
    );
  });

  test.each(['12.1.9', '11.6.0', '9.5.2'])('for Grafana %s, and writes nothing', async (version) => {
    await using grafana = await startGrafana({ version });
    await expect(push(grafana.url)).rejects.toThrow(`Grafana ${version} is too old for these dashboards`);
    expect(grafana.requests).toEqual(['GET /api/health']);
  });

  test('when no server answers', async () => {
    const grafana = await startGrafana();
    await grafana[Symbol.asyncDispose]();
    await expect(push(grafana.url)).rejects.toThrow(
      `Grafana does not answer at ${grafana.url}/: connect ECONNREFUSED`,
    );
  });

  test('for an invalid URL', async () => {
    await expect(push('grafana.example')).rejects.toThrow(
      'Expected GRAFANA_URL to be a URL, got `grafana.example`',
    );
  });
});
