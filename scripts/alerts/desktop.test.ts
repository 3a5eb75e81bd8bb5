import { expect, test } from 'vitest';
import type { KeptAlert } from '#answers';
import { desktopIn, notificationCommand, wantsDesktop } from '../receiver/desktop.ts';
import { greeting, notificationOf, notifyDesktop } from './desktop.ts';

const alert: KeptAlert = {
  id: 1,
  receivedAtMillis: 0,
  status: 'firing',
  name: 'ContextWindowCritical',
  severity: 'critical',
  sessionId: 's1',
  summary: 'Nearly full.',
  description: 'Session "s1"\u0007 is full; $(rm -rf /)',
  runbookUrl: '',
  dashboardUrl: '',
  startsAt: '',
  endsAt: '',
  fingerprint: 'f',
};

test('on Linux notify-send gets title and text, a critical one urgently', () => {
  expect(notificationCommand(notificationOf(alert), 'linux')).toEqual([
    'notify-send',
    '--app-name=ctxd',
    '--urgency=critical',
    '--',
    'Nearly full.',
    'Session "s1" is full; $(rm -rf /)',
  ]);
});

test('on macOS the text is an argument, not part of the script', () => {
  const [command, , script, ...rest] = notificationCommand(
    notificationOf({ ...alert, status: 'resolved' }),
    'macos',
  );
  expect(command).toBe('osascript');
  expect(script).not.toContain('s1');
  expect(rest).toEqual(['Session "s1" is full; $(rm -rf /)', 'Resolved: Nearly full.']);
});

test('on WSL the text is data in a script for PowerShell', () => {
  const shown = { title: "It's 5’ 日本", text: '$(calc)' };
  const [command, , , script = ''] = notificationCommand(shown, 'wsl');
  const code = Buffer.from(script, 'base64').toString('utf16le');
  expect(command).toBe('powershell.exe');
  expect(code).not.toContain('calc');
  expect(code).toContain(Buffer.from(shown.title).toString('base64'));
});

test.each([
  [{}, 'linux', undefined],
  [{ DISPLAY: ':0' }, 'linux', undefined],
  [{ DISPLAY: ':0', PATH: '/nowhere' }, 'linux', undefined],
  [{}, 'darwin', 'macos'],
  [{}, 'win32', undefined],
] as const)('the desktop of %j on %s is %s', (env, platform, desktop) => {
  expect(desktopIn(env, platform)).toBe(desktop);
});

test('one setting turns notifications off and on', () => {
  expect(wantsDesktop({ CTXD_ALERT_DESKTOP: '0', DISPLAY: ':0' })).toBe(false);
  expect(wantsDesktop({ CTXD_ALERT_DESKTOP: '1' })).toBe(true);
});

test('without the program, the error names the package to install', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    await expect(notifyDesktop(greeting)).rejects.toThrow(
      /^The desktop notification failed: there is no \S+\.\nInstall it/,
    );
  } finally {
    process.env['PATH'] = path;
  }
});
