import { expect, test } from 'vitest';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { inBothRuntimes, start, storeOf } from './both-runtimes.ts';
import { rawRequest } from './raw-request.ts';
import { stackCommands } from './stack-commands.ts';

type Door = readonly [part: string, path: string, body: string];

const forged = (path: string) => `forged{door="${path}"} 1`;
const influx = 'forged,door=influx value=1';

/** Everything by which a page could write, with the content types that need no question beforehand. */
const writing: readonly Door[] = [
  ['VICTORIAMETRICS', '/api/v1/import', '{"metric":{"__name__":"forged"},"values":[1],"timestamps":[1]}'],
  ['VICTORIAMETRICS', '/api/v1/import/prometheus', forged('prometheus')],
  ['VICTORIAMETRICS', '/api/v1/import/prometheus/metrics/job/x', forged('pushgateway')],
  ['VICTORIAMETRICS', '/prometheus/api/v1/import/prometheus', forged('prefixed')],
  ['VICTORIAMETRICS', '/api/v1/import/csv?format=1:metric:forged', '1'],
  ['VICTORIAMETRICS', '/api/v1/import/native', ''],
  ['VICTORIAMETRICS', '/api/v1/write', ''],
  ['VICTORIAMETRICS', '/write', influx],
  ['VICTORIAMETRICS', '/api/v2/write', influx],
  ['VICTORIAMETRICS', '/influx/write', influx],
  ['VICTORIAMETRICS', '/influx/api/v2/write', influx],
  ['VICTORIAMETRICS', '/api/put', '{"metric":"forged","value":1}'],
  ['VICTORIAMETRICS', '/datadog/api/v1/series', '{"series":[{"metric":"forged","points":[[1,1]]}]}'],
  ['VICTORIAMETRICS', '/datadog/api/v2/series', '{"series":[]}'],
  ['VICTORIAMETRICS', '/datadog/api/beta/sketches', ''],
  ['VICTORIAMETRICS', '/newrelic/infra/v2/metrics/events/bulk', '[]'],
  ['VICTORIAMETRICS', '/zabbixconnector/api/v1/history', ''],
  ['VICTORIAMETRICS', '/opentelemetry/v1/metrics', ''],
  ['VICTORIAMETRICS', '/opentelemetry/api/v1/push', ''],
  ['VICTORIAMETRICS', '/tags/tagSeries?path=forged;a=b', ''],
  ['VICTORIAMETRICS', '/internal/force_flush', ''],
  ['VICTORIAMETRICS', '/internal/log_new_series', ''],
  ['VMALERT', '/-/reload', ''],
  ['ALERTMANAGER', '/api/v2/alerts', '[{"labels":{"alertname":"forged"}}]'],
  ['ALERTMANAGER', '/api/v2/silences', '{}'],
  ['ALERTMANAGER', '/-/reload', ''],
  ['COLLECTOR', '/v1/metrics', '{"resourceMetrics":[]}'],
  ['COLLECTOR', '/v1/logs', '{"resourceLogs":[]}'],
  ['RECEIVER', '/v1/sessions/forged/usage', '{"tokensUsed":1}'],
  ['RECEIVER', '/claude-code/statusline', '{}'],
  ['RECEIVER', '/claude-code/hooks', '{}'],
  ['RECEIVER', '/alerts', '{"alerts":[]}'],
];

/** Everything with data or settings. */
const reading: readonly (readonly [part: string, path: string])[] = [
  ['VICTORIAMETRICS', '/api/v1/query?query=1'],
  ['VICTORIAMETRICS', '/api/v1/export?match[]=up'],
  ['VICTORIAMETRICS', '/federate?match[]=up'],
  ['VICTORIAMETRICS', '/render?target=up'],
  ['VICTORIAMETRICS', '/vmui/'],
  ['VICTORIAMETRICS', '/targets'],
  ['VICTORIAMETRICS', '/metrics'],
  ['VICTORIAMETRICS', '/api/v1/alerts'],
  ['VMALERT', '/api/v1/alerts'],
  ['VMALERT', '/vmalert/groups'],
  ['VMALERT', '/metrics'],
  ['ALERTMANAGER', '/api/v2/alerts'],
  ['ALERTMANAGER', '/metrics'],
  ['RECEIVER', '/v1/sessions'],
  ['RECEIVER', '/alerts'],
];

/** Ends of the paths for which VictoriaMetrics checks a key instead of the password. */
const pathsWithKeys =
  'config reload snapshot snapshot/create resetRollupResultCache delSeries delete_series force_merge force_flush'.split(
    ' ',
  );

/** What the page reads, and the page itself. */
const pageReading: typeof reading = [
  ['RECEIVER', '/'],
  ['RECEIVER', '/page/app.js'],
  ['RECEIVER', '/page/events'],
  ['RECEIVER', '/page/session?id=s1&from=1&to=2'],
  ['RECEIVER', '/v1/sessions/s1'],
  ['RECEIVER', '/v1/sources'],
];

const simpleTypes = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
/** Nothing but a refusal. */
const refused = new Set([401, 403, 415]);

inBothRuntimes((runtime) => {
  test('no web page and no rebound name changes or reads anything at any port', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const portOf = (part: string) => Number(stack.env[`CTXD_${part}_PORT`]);
    const taken: unknown[] = [];
    for (const [part, path, body] of writing) {
      for (const type of simpleTypes) {
        for (const host of ['127.0.0.1', 'rebound.example']) {
          const port = portOf(part);
          const headers = {
            host: `${host}:${port}`,
            origin: host === '127.0.0.1' ? 'https://elsewhere.example' : `http://${host}:${port}`,
            'content-type': type,
          };
          const { status } = await rawRequest({ port, path, method: 'POST', headers, body });
          if (!refused.has(status)) taken.push([part, path, type, host, status]);
        }
      }
    }
    expect(taken).toEqual([]);
    const read: unknown[] = [];
    for (const [part, path] of reading) {
      const port = portOf(part);
      const headers = { host: `rebound.example:${port}` };
      const { status } = await rawRequest({ port, path, method: 'GET', headers });
      if (!refused.has(status)) read.push([part, path, status]);
    }
    expect(read).toEqual([]);
    await fetchFrom(await storeOf(stack), '/internal/force_flush');
    const kept = await fetchFrom(await storeOf(stack), '/api/v1/series?match[]={__name__=~"forged.*"}');
    expect(await kept.json()).toMatchObject({ data: [] });
  });

  test('nobody without the password writes by a path that ends like one with a key of its own', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const port = Number(stack.env['CTXD_VICTORIAMETRICS_PORT']);
    const headers = { 'content-type': 'text/plain' };
    for (const start of ['/api/v1/import/prometheus', '/prometheus/api/v1/import/prometheus']) {
      for (const end of pathsWithKeys) {
        const path = `${start}/${end}`;
        const { status } = await rawRequest({ port, path, method: 'POST', headers, body: forged(end) });
        expect([path, status]).toEqual([path, 401]);
      }
    }
  });

  test('no other user of this machine changes or reads anything at any port', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const answers: unknown[] = [];
    const send = async (method: 'GET' | 'POST', [part, path, body]: Door) => {
      const port = Number(stack.env[`CTXD_${part}_PORT`]);
      for (const authorization of [undefined, 'Bearer wrong', `Basic ${btoa('ctxd:wrong')}`]) {
        const headers = {
          'content-type': 'application/json',
          cookie: `ctxd-${port}=wrong`,
          ...(authorization && { authorization }),
        };
        const { status } = await rawRequest({ port, path, method, headers, body });
        if (status !== 401) answers.push([method, path, status]);
      }
    };
    for (const door of writing) await send('POST', door);
    for (const [part, path] of [...reading, ...pageReading]) await send('GET', [part, path, '']);
    expect(answers).toEqual([]);
  });

  test('nobody without the password gets anything from VictoriaMetrics and vmalert', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    for (const [part, path] of reading.filter(([name]) => name.startsWith('V'))) {
      const port = Number(stack.env[`CTXD_${part}_PORT`]);
      for (const authorization of [undefined, `Basic ${btoa('ctxd:wrong')}`, `Basic ${btoa('ctxd:')}`]) {
        const headers = { ...(authorization && { authorization }) };
        const { status, body } = await rawRequest({ port, path, method: 'GET', headers });
        expect([path, status, body.trim()]).toEqual([path, 401, '']);
      }
    }
    const { stdout } = await stack.run('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'healthy' });
    const query = encodeURIComponent('min(up{job=~"vmalert|victoriametrics"})');
    const isSeen = async () =>
      (await (await fetchFrom(await storeOf(stack), `/api/v1/query?query=${query}`)).text()).includes(
        ',"1"]',
      );
    expect(await waitUntil(isSeen, 30_000)).toBe(true);
  });
});
