import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type TestFolder, testFolder } from '../../compose/runtime/test-folder.ts';
import { runCommand } from '../../compose/system/command.ts';
import { autostartCommand, turnOff, turnOn } from './main.ts';
import { serviceOf } from './service.ts';

/** A home folder with a `systemctl` and a `launchctl` that only note what they are asked. */
async function home(folder: TestFolder, exitCode = 0) {
  const log = join(folder.path, 'commands');
  for (const name of ['systemctl', 'launchctl'])
    await folder.program(`bin/${name}`, `echo "${name} $*" >> '${log}'\necho 'no bus' >&2\nexit ${exitCode}`);
  const lines: string[] = [];
  const env = {
    PATH: `${folder.path}/bin:/usr/bin:/bin`,
    HOME: join(folder.path, 'my home'),
    CTXD_RETENTION: '30d',
    CTXD_ALERT_MUTE: '100% "quiet" $HOME \\',
    CTXD_TOKEN: 'secret',
    XDG_CONFIG_HOME: '',
  };
  return {
    env,
    print: (line: string) => void lines.push(line),
    lines,
    commands: async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n'),
  };
}

test('on writes a unit that systemd accepts, and off leaves nothing', async () => {
  await using folder = await testFolder();
  const surface = await home(folder);
  const service = serviceOf(surface.env, 'linux');
  await turnOn(service, surface);
  const text = await readFile(service.file, 'utf8');
  expect(service.file).toBe(join(surface.env.HOME, '.config/systemd/user/ctxd.service'));
  expect(text).toMatch(/^ExecStart="\S*node" "\S+scripts\/ctxd\.cjs" "up"$/m);
  expect(text).toContain('Environment="CTXD_RETENTION=30d"\n');
  expect(text).toContain(String.raw`Environment="CTXD_ALERT_MUTE=100%% \"quiet\" $HOME \\"`);
  expect(text).not.toContain('secret');
  const verified = await runCommand('systemd-analyze', ['verify', '--user', service.file], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder.path },
  });
  if (verified.exitCode !== 127) expect(verified).toMatchObject({ exitCode: 0, output: '' });
  await turnOff(service, surface);
  expect(existsSync(service.file)).toBe(false);
  expect(await surface.commands()).toEqual([
    'systemctl --user disable ctxd.service',
    'systemctl --user daemon-reload',
    'systemctl --user enable ctxd.service',
    'systemctl --user disable ctxd.service',
    'systemctl --user daemon-reload',
  ]);
});

test('on loads an agent of launchd on macOS', async () => {
  await using folder = await testFolder();
  const surface = await home(folder);
  const service = serviceOf(surface.env, 'darwin');
  await turnOn(service, surface);
  const text = await readFile(service.file, 'utf8');
  expect(service.file).toBe(join(surface.env.HOME, 'Library/LaunchAgents/ctxd.plist'));
  expect(text).toMatch(/<string>[^<]*scripts\/ctxd\.cjs<\/string>\n\s+<string>up<\/string>/);
  expect(text).toContain('<key>CTXD_RETENTION</key>\n    <string>30d</string>');
  expect((await surface.commands()).at(-1)).toMatch(/^launchctl bootstrap gui\/\d+ .*ctxd\.plist$/);
  await turnOff(service, surface);
  expect(existsSync(service.file)).toBe(false);
});

test('a setting that is in a settings file stays there', async () => {
  await using folder = await testFolder();
  const surface = await home(folder);
  await mkdir(join(surface.env.HOME, '.config/ctxd'), { recursive: true });
  await writeFile(join(surface.env.HOME, '.config/ctxd/ctxd.env'), 'CTXD_RETENTION=30d\n');
  const service = serviceOf(surface.env, 'linux');
  await turnOn(service, surface);
  expect(await readFile(service.file, 'utf8')).not.toContain('CTXD_RETENTION');
});

test('a system that refuses leaves no file behind', async () => {
  await using folder = await testFolder();
  const surface = await home(folder, 1);
  const service = serviceOf(surface.env, 'linux');
  await expect(turnOn(service, surface)).rejects.toThrow(
    '`systemctl --user daemon-reload` failed, so nothing was changed: no bus\nStart the stack yourself',
  );
  expect(existsSync(service.file)).toBe(false);
});

test('another word is a usage error, and no word says what is the case', async () => {
  await using folder = await testFolder();
  const surface = await home(folder);
  await expect(autostartCommand(['maybe'], surface)).rejects.toThrow('Expected on or off, got `maybe`');
  await autostartCommand([], surface);
  expect(surface.lines).toEqual(['The stack does not start at login.']);
});
