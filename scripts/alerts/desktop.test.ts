import { expect, test } from 'vitest';
import type { KeptAlert } from '#answers';
import { greeting, notificationCommand, notificationOf, notifyDesktop } from './desktop.ts';

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
    'darwin',
  );
  expect(command).toBe('osascript');
  expect(script).not.toContain('s1');
  expect(rest).toEqual(['Session "s1" is full; $(rm -rf /)', 'Resolved: Nearly full.']);
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
