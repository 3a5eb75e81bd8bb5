import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedPath } from '../scripts/stack/state.ts';
import { startNative, type NativeStack } from '../scripts/stack/native-stack.ts';

const isHere = Boolean(process.env['GRAFANA_HOME']);
describe.skipIf(!isHere)('a provisioned Grafana, where GRAFANA_HOME is an unpacked one', () => {
  let stack: NativeStack;
  let authorization: string;

  beforeAll(async () => {
    stack = await startNative({ parts: ['victoriametrics', 'grafana'], print: console.log });
    const password = await readFile(sharedPath(stack.stateDir, 'grafanaPassword'), 'utf8');
    authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  }, 900_000);

  afterAll(async () => stack?.[Symbol.asyncDispose]());

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${stack.urls.grafana}/api/${path}`, { headers: { authorization } });
    return (await response.json()) as T;
  };

  test('has the four dashboards in their folder', async () => {
    const found = await get<{ uid: string; folderUid: string }[]>('search?type=dash-db&tag=ctxd');
    expect(found.map(({ uid, folderUid }) => `${folderUid}/${uid}`).toSorted()).toEqual([
      'ctxd/ctxd-context-overview',
      'ctxd/ctxd-pipeline-health',
      'ctxd/ctxd-session-detail',
      'ctxd/ctxd-sessions-compared',
    ]);
  });

  test('shows the overview at home', async () => {
    const home = await get<{ dashboard: { uid: string } }>('dashboards/home');
    expect(home.dashboard.uid).toBe('ctxd-context-overview');
  });

  test('asks VictoriaMetrics by its data source', async () => {
    const health = await get<{ status: string }>('datasources/uid/victoriametrics/health');
    expect(health.status).toBe('OK');
  });
});
