import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: { readonly node: string };
};

/** A minimal clone of this repository whose command prints its arguments. */
async function clone(...folders: readonly string[]) {
  const path = await mkdtemp(join(tmpdir(), 'ctxd-clone-'));
  for (const folder of ['scripts', ...folders]) await mkdir(join(path, folder), { recursive: true });
  for (const file of ['package.json', 'scripts/check-node.cjs', 'scripts/ctxd.cjs'])
    await copyFile(join(root, file), join(path, file));
  await mkdir(join(path, 'scripts/ctxd'));
  await writeFile(join(path, 'scripts/ctxd/process.ts'), 'console.log(process.argv.slice(2).join());');
  /** Runs its `ctxd`, by default in this version of Node. */
  const ctxd = async (version?: string) => {
    const older = join(path, 'older.cjs');
    const versions = JSON.stringify({ ...process.versions, node: version });
    await writeFile(older, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    const args = [...(version ? ['--require', older] : []), 'scripts/ctxd.cjs', 'sessions', '--all'];
    return await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, args, { cwd: path }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  };
  return { path, ctxd, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe('a command', () => {
  test('starts in a Node that is new enough', async () => {
    await using folder = await clone('node_modules/zx');
    expect(await folder.ctxd()).toEqual({ code: 0, stdout: 'sessions,--all\n', stderr: '' });
  });

  test.each(['23.11.1', '20.20.2', '9.11.2'])('says what to do about Node %s', async (version) => {
    await using folder = await clone('node_modules/zx');
    expect(await folder.ctxd(version)).toEqual({
      code: 1,
      stdout: '',
      stderr: `ctxd needs Node 24 or later; this is Node ${version}.
Install one in this folder: npm rebuild node --ignore-scripts=false. Or on this machine: https://nodejs.org
`,
    });
  });

  test('continues in the installed Node when the Node of the machine is too old', async () => {
    await using folder = await clone('node_modules/zx', 'node_modules/node/bin');
    const own = join(folder.path, 'node_modules/node/bin/node');
    await writeFile(own, '#!/bin/sh\necho "own: $*"\nexit 3\n', { mode: 0o755 });
    expect(await folder.ctxd('20.20.2')).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^own: --require \S+ \S*scripts\/ctxd\.cjs sessions --all\n$/),
      stderr: '',
    });
  });

  test('says when that one is too old itself', async () => {
    await using folder = await clone('node_modules/zx', 'node_modules/node/bin');
    await symlink(process.execPath, join(folder.path, 'node_modules/node/bin/node'));
    expect(await folder.ctxd('20.20.2')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs Node 24'),
    });
  });

  test('says that the packages are missing', async () => {
    await using folder = await clone();
    expect(await folder.ctxd()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The packages that ctxd needs are not installed.\nInstall them: npm install --include=dev\n',
    });
  });
});

const started = Object.entries(manifest.scripts).filter(([name]) => !name.startsWith('check:'));
test.each(started)('npm run %s checks the Node first', (_, line) => {
  expect(line).toMatch(/^node scripts\/(check-node|ctxd)\.cjs( |$)/);
});

test('.nvmrc names the Node that npm install brings', async () => {
  expect(await readFile(join(root, '.nvmrc'), 'utf8')).toBe(`${manifest.devDependencies.node}\n`);
});
