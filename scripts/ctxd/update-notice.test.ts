import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import {
  isNewer,
  noticeUpdate,
  type NoticedRun,
  readUpdateRecord,
  type UpdateRecord,
} from './update-notice.ts';

const day = 86_400_000;

/** Runs commands one after the other, and returns what they printed and how many checks they started. */
async function runs(record: UpdateRecord | undefined, ...commands: readonly Partial<NoticedRun>[]) {
  await using folder = await testFolder();
  await mkdir(join(folder.path, 'ctxd'));
  if (record) await writeFile(join(folder.path, 'ctxd/update.json'), JSON.stringify(record));
  const lines: string[] = [];
  let checks = 0;
  for (const command of commands)
    noticeUpdate({
      args: ['status'],
      isTerminal: true,
      version: '0.1.0',
      nowMillis: 10 * day,
      print: (line) => void lines.push(line),
      startCheck: () => void (checks += 1),
      ...command,
      env: { XDG_CACHE_HOME: folder.path, ...command.env },
    });
  return { lines, checks };
}

const known = { latest: '0.2.0', checkedMillis: 10 * day };
const line = 'ctxd 0.2.0 is out; this is 0.1.0. Update: npm install --global ctxd && ctxd upgrade';

test('one line a day says that there is a newer version', async () => {
  const later = { nowMillis: 10 * day + day - 1 };
  expect(await runs(known, {}, {}, later)).toEqual({ lines: [line], checks: 0 });
  expect(await runs(known, {}, { nowMillis: 11 * day })).toEqual({ lines: [line, line], checks: 1 });
  expect(await runs({ ...known, latest: '0.1.0' }, {})).toEqual({ lines: [], checks: 0 });
});

test('it looks for a version once a day, and again after the clock went back', async () => {
  expect(await runs(undefined, {}, {})).toEqual({ lines: [], checks: 1 });
  expect(await runs(known, { nowMillis: day })).toEqual({ lines: [line], checks: 1 });
});

test.each<[string, Partial<NoticedRun>]>([
  ['in CI', { env: { CI: 'true' } }],
  ['with CTXD_NO_UPDATE_CHECK', { env: { CTXD_NO_UPDATE_CHECK: '1' } }],
  ['in a pipe', { isTerminal: false }],
  ['with --json', { args: ['status', '--json'] }],
  ['for uninstall', { args: ['uninstall'] }],
])('it stays silent and looks for nothing %s', async (_, command) => {
  expect(await runs({ latest: '0.2.0' }, command)).toEqual({ lines: [], checks: 0 });
});

test.each([
  ['0.10.0', '0.9.9', true],
  ['1.0.0', '0.9.9', true],
  ['0.1.0', '0.1.0', false],
  ['1.0.0-beta.1', '0.1.0', false],
  ['', '0.1.0', false],
])('%j is newer than %s: %j', (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});

test('the check asks the registry of npm and writes the version', async () => {
  await using folder = await testFolder();
  const packument = JSON.stringify({
    name: 'ctxd',
    'dist-tags': { latest: '0.3.0' },
    versions: { '0.3.0': { name: 'ctxd', version: '0.3.0' } },
  });
  await using server = createServer((_, response) => response.end(packument)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}`,
    npm_config_cache: folder.path,
  };
  const file = join(folder.path, 'update.json');
  await writeFile(file, JSON.stringify({ checkedMillis: 1 }));
  await once(spawn(process.execPath, [join(import.meta.dirname, 'update-check.ts'), file], { env }), 'exit');
  expect(readUpdateRecord(file)).toEqual({ checkedMillis: 1, latest: '0.3.0' });
});
