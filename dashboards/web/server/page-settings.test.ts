import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageOptionsFrom } from './page-settings.ts';

const receiver = { url: 'http://receiver' };

test('a receiver without a store has no page', () => {
  expect(pageOptionsFrom({}, receiver)).toBeUndefined();
});

test('reads the servers from the environment and the passwords from their files', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'page-'));
  const file = join(folder.path, 'password');
  await writeFile(file, 'secret\n');
  const storeFile = join(folder.path, 'store-password');
  await writeFile(storeFile, 'two\nlines');
  const options = pageOptionsFrom(
    {
      CTXD_VICTORIAMETRICS_URL: 'http://store',
      CTXD_VICTORIAMETRICS_USER: 'ctxd',
      CTXD_VICTORIAMETRICS_PASSWORD_FILE: storeFile,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector',
      CTXD_ALERTMANAGER_URL: 'http://alertmanager',
      CTXD_ALERTMANAGER_USER: 'ctxd',
      CTXD_ALERTMANAGER_PASSWORD_FILE: file,
      CTXD_WARNING_PERCENT: '50',
    },
    receiver,
  );
  expect(options).toMatchObject({
    thresholds: { warning: { percent: 50 } },
    servers: {
      store: {
        url: 'http://store',
        authorization: `Basic ${Buffer.from('ctxd:two\nlines').toString('base64')}`,
      },
      receiver,
      collectorUrl: 'http://collector',
      vmalertUrl: undefined,
      alertmanager: {
        url: 'http://alertmanager',
        authorization: `Basic ${Buffer.from('ctxd:secret').toString('base64')}`,
      },
    },
  });
});
