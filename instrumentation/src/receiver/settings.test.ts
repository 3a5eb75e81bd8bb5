import { readFileSync } from 'node:fs';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultThresholds } from '../thresholds.ts';
import { receiverOptionsFrom } from './settings.ts';

describe('the receiver’s settings', () => {
  test('have defaults below the user’s home', () => {
    expect(receiverOptionsFrom({ HOME: '/home/ann' })).toEqual({
      host: '127.0.0.1',
      hashesAccounts: false,
      port: 4319,
      token: undefined,
      isShielded: false,
      allowedHosts: [],
      snapshotPath: '/home/ann/.local/state/ctxd/data/receiver/sessions.snapshot',
      transcriptsFolder: '/home/ann/.claude/projects',
      sessionsFolder: '/home/ann/.claude/sessions',
      metricsToken: undefined,
      hostName: undefined,
      windows: { everyTokens: undefined, byModel: new Map(), isLargeDisabled: expect.any(Function) },
      autoCompactWindow: expect.any(Function),
      thresholds: defaultThresholds,
    });
  });

  test('cap the live sessions', () => {
    expect(receiverOptionsFrom({ CTXD_MAX_SESSIONS: '20000' })).toMatchObject({ maxSessions: 20_000 });
    for (const text of ['0', '-1', '1.5', 'many'])
      expect(() => receiverOptionsFrom({ CTXD_MAX_SESSIONS: text })).toThrow(
        `Expected \`CTXD_MAX_SESSIONS\` to be a whole number from 1 to 9999999, got \`${text}\``,
      );
  });

  test('follow the environment', () => {
    expect(
      receiverOptionsFrom({
        CTXD_RECEIVER_LISTEN: '0.0.0.0:5000',
        CTXD_RECEIVER_TOKEN: 'x',
        CTXD_RECEIVER_SHIELDED: '1',
        CTXD_RECEIVER_HOSTS: 'receiver,desk',
        CTXD_RECEIVER_DATA_DIR: '/data',
        CTXD_TRANSCRIPTS_DIR: '',
        CTXD_HOST_NAME: 'desk',
        CLAUDE_CODE_MAX_CONTEXT_TOKENS: '5',
      }),
    ).toMatchObject({
      host: '0.0.0.0',
      port: 5000,
      token: 'x',
      isShielded: true,
      allowedHosts: ['receiver', 'desk'],
      snapshotPath: '/data/sessions.snapshot',
      transcriptsFolder: undefined,
      hostName: 'desk',
      windows: { everyTokens: 5 },
    });
  });

  test('take the token from a file, unless none is required', () => {
    const file = join(import.meta.dirname, 'settings.test.ts');
    const environment = { CTXD_RECEIVER_TOKEN_FILE: file };
    expect(receiverOptionsFrom(environment).token).toBe(readFileSync(file, 'utf8').trim());
    expect(receiverOptionsFrom({ ...environment, CTXD_RECEIVER_TOKEN: 'x' }).token).toBe('x');
    expect(receiverOptionsFrom({ ...environment, CTXD_RECEIVER_AUTH: '0' }).token).toBeUndefined();
    expect(() => receiverOptionsFrom({ CTXD_RECEIVER_TOKEN_FILE: '/nowhere/token' })).toThrow(
      new RangeError(
        'Expected `CTXD_RECEIVER_TOKEN_FILE` to name a readable file, got `/nowhere/token` (ENOENT)',
      ),
    );
  });

  test.each([
    ['[::1]:1', '::1', 1],
    [':5000', '127.0.0.1', 5000],
  ])('listen on %s', (listen, host, port) => {
    expect(receiverOptionsFrom({ CTXD_RECEIVER_LISTEN: listen })).toMatchObject({ host, port });
  });

  test.each([
    ['CTXD_RECEIVER_PORT', '0'],
    ['CTXD_RECEIVER_PORT', 'http'],
    ['CTXD_RECEIVER_LISTEN', '127.0.0.1'],
    ['CTXD_RECEIVER_LISTEN', 'desk:70000'],
  ])('refuse %s=%s by name and value', (variable, value) => {
    expect(() => receiverOptionsFrom({ [variable]: value })).toThrow(
      `Expected \`${variable}\` to have a port from 1 to 65535, got \`${value}\``,
    );
  });

  test('read the collector’s token from its file, if there is one', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'settings-'));
    const path = join(folder.path, 'token');
    const tokenOf = (file: string) => receiverOptionsFrom({ CTXD_COLLECTOR_TOKEN_FILE: file }).metricsToken;
    expect(tokenOf(path)).toBeUndefined();
    await writeFile(path, 'open-sesame\n');
    expect(tokenOf(path)).toBe('open-sesame');
    expect(() => tokenOf(folder.path)).toThrow(/`CTXD_COLLECTOR_TOKEN_FILE` to be a readable file.*EISDIR/);
  });

  test('refuse an invalid threshold', () => {
    expect(() => receiverOptionsFrom({ CTXD_WARNING_PERCENT: 'x' })).toThrow('CTXD_WARNING_PERCENT');
  });
});
