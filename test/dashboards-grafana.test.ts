import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { partNamed } from '../compose/parts.ts';
import { withVariables } from '#queries';
import { defaultThresholds } from '#thresholds';
import { dashboardFiles } from '../dashboards/grafana/dashboard-file.ts';
import { hasImage } from '../compose/runtime/docker/images.ts';
import { sharedPath } from '../compose/runtime/state.ts';
import { imagesAtHand, stackCommands, type StackCommands } from './stack-commands.ts';
import { committedDashboards } from './two-hours/committed-dashboards.ts';

const runtimes = [
  [
    'docker',
    'if its image is on this machine',
    await hasImage(partNamed('grafana'), { ...process.env, ...(await imagesAtHand()) }),
  ],
  ['native', 'if GRAFANA_HOME is set', Boolean(process.env['GRAFANA_HOME'])],
] as const;

/** Values of the dashboards' variables. */
const variables: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '15s',
  $__range: '1h',
  '${of:raw}': 'and on () vector(1)',
  '${sessions:pipe}': 'a|b',
  '${fullest:pipe}': 'a|b',
  $linked: 'gone',
  $session: 'a',
};

for (const [runtime, how, isHere] of runtimes) {
  describe.skipIf(!isHere)(`a provisioned Grafana in the ${runtime} runtime (only ${how})`, () => {
    let stack: StackCommands;
    let authorization: string;

    beforeAll(async () => {
      stack = await stackCommands(runtime);
      const { exitCode, output } = await stack.run('up', '--without', 'vmalert,alertmanager,receiver');
      if (exitCode !== 0) throw new Error(output);
      const password = await readFile(sharedPath(stack.stateDir, 'grafanaPassword'), 'utf8');
      authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    }, 900_000);

    afterAll(async () => stack?.[Symbol.asyncDispose]());

    const ask = async (path: string, init: { method?: string; body?: string; headers?: object } = {}) =>
      await fetch(`http://127.0.0.1:${stack.env.CTXD_GRAFANA_PORT}/api/${path}`, {
        ...init,
        headers: { authorization, 'content-type': 'application/json', ...init.headers },
      });
    const get = async <T>(path: string) => (await (await ask(path)).json()) as T;

    test('has the four dashboards in their folder', async () => {
      const wanted = [
        'ctxd/ctxd-context-overview',
        'ctxd/ctxd-pipeline-health',
        'ctxd/ctxd-session-detail',
        'ctxd/ctxd-sessions-compared',
      ];
      // Grafana is healthy before it has read the dashboards.
      await vi.waitFor(async () => {
        const found = await get<{ uid: string; folderUid: string }[]>('search?type=dash-db&tag=ctxd');
        expect(found.map(({ uid, folderUid }) => `${folderUid}/${uid}`).toSorted()).toEqual(wanted);
      }, 60_000);
    });

    test('holds every panel as it was generated', async () => {
      for (const json of dashboardFiles(defaultThresholds).values()) {
        const generated = JSON.parse(json) as Dashboard;
        const { dashboard } = await get<{ dashboard: Dashboard }>(`dashboards/uid/${generated.uid}`);
        expect(panelsOf(dashboard)).toEqual(panelsOf(generated));
      }
    });

    test.each([
      [[], 'ctxd-viewer', false],
      [['--admin'], 'admin', true],
    ])('opens in the browser without a password: open %j', async (options, login, isGrafanaAdmin) => {
      const folder = dirname(stack.stateDir);
      // Follows the link like a browser, and keeps the cookies.
      const follow = `link=$(sed 's/.*url=\\([^"]*\\).*/\\1/' "$1") && exec curl -s -o /dev/null -c '${folder}/cookies' "$link"`;
      for (const name of ['open', 'xdg-open']) await stack.program(`bin/${name}`, follow);
      stack.env.PATH = `${join(folder, 'bin')}${delimiter}${stack.env.PATH}`;
      const { exitCode, stdout } = await stack.run('open', ...options);
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`Opened http://127.0.0.1:`)]);
      const cookies = await readFile(join(folder, 'cookies'), 'utf8');
      const [, session = ''] = /grafana_session\t(\w+)/.exec(cookies) ?? [];
      const headers = { authorization: '', cookie: `grafana_session=${session}` };
      expect(await (await ask('user', { headers })).json()).toMatchObject({ login, isGrafanaAdmin });
    });

    test('shows the overview at home', async () => {
      const home = await get<{ dashboard: { uid: string } }>('dashboards/home');
      expect(home.dashboard.uid).toBe('ctxd-context-overview');
    });

    test('answers every query of the dashboards through its data source', async () => {
      for (const { title, expr, isRange } of committedDashboards()) {
        const filled = withVariables(expr, variables);
        const query = { refId: 'A', datasource: { uid: 'victoriametrics' }, expr: filled };
        const when = { instant: !isRange, range: isRange, intervalMs: 15_000, maxDataPoints: 500 };
        const body = JSON.stringify({ from: 'now-1h', to: 'now', queries: [{ ...query, ...when }] });
        const answer = await ask('ds/query', { method: 'POST', body });
        const { results } = (await answer.json()) as { results?: { A?: { error?: string } } };
        expect([title, answer.status, results?.A?.error]).toEqual([title, 200, undefined]);
      }
    });

    test('refuses requests without the password', async () => {
      const answer = await ask('search', { headers: { authorization: '' } });
      expect(answer.status).toBe(401);
    });
  });
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly { readonly title: string; readonly type: string }[];
}

const panelsOf = ({ panels }: Dashboard) => panels.map(({ title, type }) => `${type}: ${title}`);
