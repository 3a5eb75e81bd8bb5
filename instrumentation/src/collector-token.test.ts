import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportToken } from './collector-token.ts';

let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ctxd-token-'));
  await mkdir(join(home, '.local/state/ctxd/secrets'), { recursive: true });
  await writeFile(join(home, '.local/state/ctxd/secrets/collector-token'), 'of the stack\n');
  await writeFile(join(home, 'named'), 'of the file');
});

afterAll(() => rm(home, { recursive: true }));

test.each([
  [{}, undefined, 'of the stack'],
  [{}, 'http://127.0.0.1:4318/v1/metrics', 'of the stack'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[::1]:4318' }, undefined, 'of the stack'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example' }, undefined, undefined],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otlp.example' }, undefined, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1.example' }, undefined, undefined],
  [{}, 'https://otlp.example/v1/metrics', undefined],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=b, Authorization=Bearer%20own' }, undefined, undefined],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-from=here' }, undefined, 'of the stack'],
  [{ CTXD_COLLECTOR_TOKEN_FILE: '' }, undefined, undefined],
  [{ CTXD_STATE_DIR: '/nowhere/else' }, undefined, undefined],
])('with %j, an export to %s carries the token %s', (environment, url, token) => {
  expect(exportToken(url, { HOME: home, ...environment })).toBe(token);
});

test('the file that the environment names comes first, for any collector', () => {
  const environment = { HOME: home, CTXD_COLLECTOR_TOKEN_FILE: join(home, 'named') };
  expect(exportToken('https://otlp.example/v1/metrics', environment)).toBe('of the file');
});
