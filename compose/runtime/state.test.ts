import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { forEachPart } from '../parts.ts';
import {
  prepareState,
  readOrMendRecord,
  readRecord,
  removeRecord,
  sharedPath,
  stateDirFrom,
  writeRecord,
} from './state.ts';
import { testFolder } from './test-folder.ts';

describe('the state folder', () => {
  test.each([
    [{ CTXD_STATE_DIR: '/own', XDG_STATE_HOME: '/xdg' }, '/own'],
    [{ XDG_STATE_HOME: '/xdg' }, '/xdg/ctxd'],
    [{ CTXD_STATE_DIR: '', XDG_STATE_HOME: '' }, '/.local/state/ctxd'],
  ])('follows the environment %j', (env, expected) => {
    expect(stateDirFrom(env).endsWith(expected)).toBe(true);
  });

  test('makes secrets and settings readable by their owner only', async () => {
    await using folder = await testFolder();
    await prepareState(folder.path, ['grafana'], { 'config/alertmanager.yaml': 'route: {}\n' });
    for (const name of [
      'grafanaPassword',
      'alertmanagerPassword',
      'alertmanagerAccess',
      'victoriametricsKey',
      'vmalertKey',
      'alertmanagerConfig',
    ] as const) {
      expect((await stat(sharedPath(folder.path, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(folder.path, 'secrets'))).mode & 0o777).toBe(0o700);
    expect(await readFile(sharedPath(folder.path, 'alertmanagerConfig'), 'utf8')).toBe('route: {}\n');
  });

  test('has different secrets in each folder, and keeps them', async () => {
    await using one = await testFolder();
    await using two = await testFolder();
    const password = async (dir: string) => {
      await prepareState(dir, ['grafana'], {});
      return await readFile(sharedPath(dir, 'grafanaPassword'), 'utf8');
    };
    const first = await password(one.path);
    expect(first).toMatch(/^[\w-]{32}$/);
    expect(await password(one.path)).toBe(first);
    expect(await password(two.path)).not.toBe(first);
  });

  test('makes Alertmanager accept its password, and keeps the hash until the password changes', async () => {
    await using folder = await testFolder();
    const [password, access] = [
      sharedPath(folder.path, 'alertmanagerPassword'),
      sharedPath(folder.path, 'alertmanagerAccess'),
    ];
    const prepared = async () => {
      await prepareState(folder.path, ['alertmanager'], {});
      const [, hash = ''] = /ctxd: (\S+)/.exec(await readFile(access, 'utf8')) ?? [];
      return hash;
    };
    const first = await prepared();
    expect(await compare(await readFile(password, 'utf8'), first)).toBe(true);
    expect(await prepared()).toBe(first);
    await writeFile(password, 'my own\n');
    expect(await compare('my own', await prepared())).toBe(true);
  });

  test.each(['removed', 'emptied'])('replaces a secret that was %s', async (how) => {
    await using folder = await testFolder();
    await prepareState(folder.path, [], {});
    const path = sharedPath(folder.path, 'alertmanagerPassword');
    await (how === 'removed' ? rm(path) : writeFile(path, ''));
    await prepareState(folder.path, [], {});
    const password = await readFile(path, 'utf8');
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(await readFile(sharedPath(folder.path, 'alertmanagerAccess'), 'utf8')).not.toContain(password);
    const [, hash = ''] =
      /ctxd: (\S+)/.exec(await readFile(sharedPath(folder.path, 'alertmanagerAccess'), 'utf8')) ?? [];
    expect(await compare(password, hash)).toBe(true);
  });

  test('keeps the record of what was started until it is removed, and ignores a truncated one', async () => {
    await using folder = await testFolder();
    const record = {
      runtime: 'native',
      parts: ['collector'],
      ports: forEachPart(() => ({ main: 1, health: 1 })),
    } as const;
    await writeRecord(folder.path, record);
    expect(await readRecord(folder.path)).toEqual(record);
    await removeRecord(folder.path);
    expect(await readRecord(folder.path)).toBeUndefined();
    for (const damaged of ['{"runtime":', '{}', 'null', '[]', '{"runtime":"podman","parts":[],"ports":{}}']) {
      await writeFile(join(folder.path, 'stack.json'), damaged);
      expect(await readRecord(folder.path)).toBeUndefined();
    }
  });

  test.each([{ parts: ['collector', '../x'] }, { parts: [null] }, { ports: null }])(
    'ignores a record with %j',
    async (damage) => {
      await using folder = await testFolder();
      const ports = forEachPart(() => ({ main: 1, health: 1 }));
      await writeFile(
        join(folder.path, 'stack.json'),
        JSON.stringify({ runtime: 'native', parts: ['collector'], ports, ...damage }),
      );
      expect(await readRecord(folder.path)).toBeUndefined();
    },
  );

  test('heals a damaged record from its copy, or else as it is rebuilt', async () => {
    await using folder = await testFolder();
    const ports = forEachPart(() => ({ main: 1, health: 1 }));
    const record = { runtime: 'native', parts: ['collector'], ports, variables: { A: '1' } } as const;
    const rebuilt = { runtime: 'native', parts: ['vmalert'], ports } as const;
    const damage = async () => await writeFile(join(folder.path, 'stack.json'), '{"runtime":');
    const mend = async () => await readOrMendRecord(folder.path, async () => rebuilt);
    expect(await mend()).toBeUndefined();
    await writeRecord(folder.path, record);
    await damage();
    expect(await readRecord(folder.path)).toEqual(record);
    expect(await mend()).toEqual(record);
    expect(JSON.parse(await readFile(join(folder.path, 'stack.json'), 'utf8'))).toEqual(record);
    await damage();
    await rm(join(folder.path, 'run/stack-copy.json'));
    expect(await mend()).toEqual(rebuilt);
    expect(await readRecord(folder.path)).toEqual(rebuilt);
  });
});
