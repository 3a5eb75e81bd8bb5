import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePortVariables, type TestFolder, testFolder } from '../../compose/runtime/test-folder.ts';
import { connectCommand } from '../connect/main.ts';
import { processSurface } from '../reach/surface.ts';
import { uninstallCommand } from './main.ts';

/** A home folder as ctxd leaves it: connected, with data, secrets, programs and autostart. */
async function usedHome(folder: TestFolder) {
  const home = join(folder.path, 'home');
  await folder.program('bin/systemctl', 'exit 0');
  const env = {
    ...(await freePortVariables()),
    HOME: home,
    PATH: `${folder.path}/bin:/usr/bin:/bin`,
  };
  const files = {
    '.local/state/ctxd/data/victoriametrics/part': 'x'.repeat(10_000),
    '.local/state/ctxd/secrets/receiver-token': 'secret',
    '.cache/ctxd/collector-1/otelcol': 'binary',
    '.config/ctxd/ctxd.env': 'CTXD_RETENTION=30d\n',
    '.config/systemd/user/ctxd.service': '[Unit]\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(home, path, '..'), { recursive: true });
    await writeFile(join(home, path), text);
  }
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const surface = { ...processSurface([]), env, folder: home, print, printError: print, confirm: undefined };
  return { home, lines, surface };
}

test('lists everything with sizes, and leaves nothing in the home folder', async () => {
  await using folder = await testFolder();
  const { home, lines, surface } = await usedHome(folder);
  await connectCommand(['--yes'], surface);
  lines.length = 0;
  expect(await uninstallCommand(['--yes'], surface)).toBe(0);
  expect(lines.join('\n')).toMatch(
    /^Disconnect Claude Code: .*settings\.json\nStop the stack and delete:\n +12 KiB .*\/data +metrics[^]*secrets[^]*programs[^]*your settings[^]*autostart\n[^]*\nDeleted\.\nThe clone itself stays/,
  );
  expect(await readdir(home)).toEqual([]);
});

test('files that are not its own stay', async () => {
  await using folder = await testFolder();
  const { home, surface } = await usedHome(folder);
  await writeFile(join(home, '.local/state/ctxd/mine.txt'), 'mine');
  await mkdir(join(home, '.claude'));
  await writeFile(join(home, '.claude/settings.json'), '{ "model": "opus" }\n');
  await connectCommand(['--yes'], surface);
  await uninstallCommand(['--yes'], surface);
  expect((await readdir(home, { recursive: true })).filter((path) => /\.\w+$/.test(path)).toSorted()).toEqual(
    expect.arrayContaining(['.claude/settings.json', '.local/state/ctxd/mine.txt']),
  );
  expect(await readFile(join(home, '.claude/settings.json'), 'utf8')).toBe('{ "model": "opus" }\n');
  expect(await readdir(join(home, '.local/state/ctxd'))).toEqual(['mine.txt']);
});

test('asks first: without a terminal it refuses, and no means no', async () => {
  await using folder = await testFolder();
  const { home, surface } = await usedHome(folder);
  const before = await readdir(home, { recursive: true });
  await expect(uninstallCommand([], surface)).rejects.toThrow('nobody is there to answer');
  await expect(uninstallCommand([], { ...surface, confirm: async () => false })).rejects.toThrow(
    'Nothing was changed.',
  );
  expect(await readdir(home, { recursive: true })).toEqual(before);
  expect(await uninstallCommand([], { ...surface, confirm: async () => true })).toBe(0);
  expect(await readdir(home)).toEqual([]);
  expect(await uninstallCommand([], surface)).toBe(0);
});
