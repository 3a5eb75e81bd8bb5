import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectWritable, parseSettings, readSettings, writeSettings } from './settings-file.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctxd-settings-'));
  path = join(folder, 'settings.json');
});
afterEach(async () => await rm(folder, { recursive: true }));

describe('reading settings', () => {
  test.each([
    ['{\n  // mine\n  "a": 1\n}', 's.json:2:3: not valid JSON (a comment).'],
    ['{\n  "a": 1, /* b */\n}', 's.json:2:11: not valid JSON (a comment).'],
    ['{\n  "a": 1,\n}', 's.json:3:1: not valid JSON (a trailing comma).'],
    ['{"a": [1,]}', 's.json:1:10: not valid JSON (a trailing comma).'],
    ['{"a": 1', 's.json:1:8: not valid JSON (unexpected end of file).'],
    ['{\r\n  "a": yes\r\n}', 's.json:2:8: not valid JSON (at "yes").'],
    ['{"a" 1}', 's.json:1:6: not valid JSON (at "1").'],
  ])('says where %j is not strict JSON and that nothing was changed', (text, sentence) => {
    expect(() => parseSettings('s.json', text)).toThrow(sentence);
    expect(() => parseSettings('s.json', text)).toThrow('Nothing was changed.');
  });

  test('treats an empty or a missing file as no settings', async () => {
    expect(await readSettings(path)).toEqual({ path, text: undefined, settings: {} });
    await writeFile(path, '\uFEFF\n');
    expect(await readSettings(path)).toEqual({ path, text: '\uFEFF\n', settings: {} });
  });

  test('refuses a folder, a broken link and bytes that are not text', async () => {
    await symlink('nowhere.json', path);
    await expect(readSettings(path)).rejects.toThrow(`${path} is a link to a file that does not exist.`);
    await rm(path);
    await mkdir(path);
    await expect(readSettings(path)).rejects.toThrow(`${path} cannot be read: it is a folder.`);
    await rm(path, { recursive: true });
    await writeFile(path, Buffer.from([0x7b, 0xff, 0x7d]));
    await expect(readSettings(path)).rejects.toThrow(`${path} is not UTF-8 text.`);
  });
});

describe('writing settings', () => {
  test('keeps permissions and a link, and leaves no draft behind', async () => {
    await mkdir(join(folder, 'dotfiles'));
    const target = join(folder, 'dotfiles/claude.json');
    await writeFile(target, '{}');
    await chmod(target, 0o666);
    await symlink('dotfiles/claude.json', path);
    await writeSettings(await readSettings(path), '{"a": 1}');
    expect(await readFile(target, 'utf8')).toBe('{"a": 1}');
    expect((await stat(target)).mode & 0o777).toBe(0o666);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readdir(join(folder, 'dotfiles'))).toEqual(['claude.json']);
  });

  test('creates the folder of a new file, and removes a file', async () => {
    const file = await readSettings(join(folder, 'new/settings.json'));
    await writeSettings(file, '{}');
    expect(await readFile(file.path, 'utf8')).toBe('{}');
    await writeSettings(file, undefined);
    expect(await readdir(join(folder, 'new'))).toEqual([]);
  });

  test('is refused for a read-only file', async () => {
    await writeFile(path, '{}');
    await chmod(path, 0o444);
    await expect(expectWritable(await readSettings(path))).rejects.toThrow(
      `${path} cannot be written: it is read-only for you.\nNothing was changed. Allow it (chmod u+w '${path}'), then run the command again.`,
    );
  });

  test('leaves no draft behind when it fails', async () => {
    await mkdir(path);
    await expect(writeSettings({ path, text: '', settings: {} }, '{}')).rejects.toThrow('cannot be written');
    expect(await readdir(folder)).toEqual(['settings.json']);
  });

  test('fails with the reason when part of the path is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(readSettings(join(folder, 'file/settings.json'))).rejects.toThrow(
      'part of its path is a file, not a folder',
    );
    const file = { path: join(folder, 'file/settings.json'), text: undefined, settings: {} };
    await expect(writeSettings(file, '{}')).rejects.toThrow('cannot be written');
  });
});
