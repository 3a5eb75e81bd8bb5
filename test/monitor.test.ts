import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { basicAuthorization } from '../compose/runtime/login.ts';
import { freePorts } from '../compose/runtime/preflight.ts';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { startBackend, storeUrlOf, type Backend } from './backend.ts';
import { ctxd, ctxdPath, ctxdProcess } from './ctxd-command.ts';
import { startKoaApp, type KoaApp } from './koa-app.ts';
import { waitForAnswer } from './promql.ts';
import { pictureText } from './pictures/screen-picture.ts';
import { hasTmux, openTerminal, type Terminal } from './tmux.ts';

let backend: Backend;
let app: KoaApp;

beforeAll(async () => {
  backend = await startBackend({ withReceiver: true });
  app = await startKoaApp(backend.urls.collector);
  await app.send('conn_127.0.0.1:52341', { tokens: 184_000 });
  await app.send('conn_127.0.0.1:52342', { tokens: 140_000 });
  await app.send('conn_127.0.0.1:52343', { tokens: 65_000 });
  await waitForAnswer(backend, 'contextd_session_context_tokens', (samples) => samples.length === 3);
}, 900_000);

afterAll(async () => {
  await app?.stop();
  await backend?.[Symbol.asyncDispose]();
});

const commandLine = (...more: string[]) => {
  const { receiver } = backend.urls;
  const alertmanager = backend.urls.alertmanager.replace('//', `//ctxd:${backend.alertmanagerPassword}@`);
  const urls = ['--url', storeUrlOf(backend), '--receiver', receiver, '--alertmanager', alertmanager];
  return [process.execPath, ctxdPath, 'monitor', ...urls, '--interval', '1', ...more].join(' ');
};

/** Checks that text, terminal settings and cursor are as before once the monitor has ended. */
async function expectRestored(terminal: Terminal): Promise<void> {
  await terminal.enter('clear; stty -g | cksum');
  const settings = /^\d+ \d+$/m;
  const after = await terminal.expectShown(settings);
  expect(await terminal.flag('alternate_on')).toBe('0');
  expect(await terminal.flag('cursor_flag')).toBe('1');
  expect(await terminal.flag('mouse_button_flag')).toBe('0');
  expect(await terminal.flag('mouse_standard_flag')).toBe('0');
  expect(settingsBefore.get(terminal)).toBe(settings.exec(after)?.[0]);
}

const settingsBefore = new WeakMap<Terminal, string>();

/** Starts the monitor in a terminal, and records the terminal's settings first. */
async function startedMonitor(
  options: { env?: Record<string, string>; more?: string[] } = {},
): Promise<Terminal> {
  // A variable keeps the command line short, so that it does not wrap differently with longer paths.
  const env = { MONITOR: commandLine(...(options.more ?? [])), ...options.env };
  const terminal = await openTerminal({ columns: 80, rows: 30, env });
  await terminal.enter('echo before; stty -g | cksum');
  const shown = await terminal.expectShown(/^before\n\d+ \d+$/m);
  settingsBefore.set(terminal, /^\d+ \d+$/m.exec(shown)?.[0] ?? '');
  await terminal.enter('eval "$MONITOR" # monitor --interval 1');
  await terminal.expectShown('Active Sessions: 3');
  return terminal;
}

describe.skipIf(!hasTmux)('in a real terminal (needs tmux)', () => {
  test('shows the sessions, reacts to keys and resizing, and restores the terminal', async () => {
    await using terminal = await startedMonitor();
    expect(await terminal.flag('alternate_on')).toBe('1');
    expect(await terminal.flag('mouse_standard_flag')).toBe('1');
    await terminal.expectShown('Usage: 184K / 200K (92%) [✗]');
    await terminal.press('s');
    await terminal.expectShown('▸✗ conn_127.0.0.1:52341');
    await terminal.press('j', 'Enter');
    await terminal.expectShown('Session conn_127.0.0.1:52342');
    await terminal.press('a');
    await terminal.expectShown('Top Sessions');
    for (const [columns, rows] of [
      [60, 20],
      [200, 50],
      [45, 15],
      [80, 30],
    ] as const) {
      await terminal.resize(columns, rows);
      const corner = new RegExp(`^╭.{${columns - 2}}╮\\n[^╭]*└─{${columns - 2}}┘\\n\\[q\\]`);
      await terminal.expectShown(corner);
    }
    await terminal.press('q');
    await terminal.expectShown(/before\n\d+ \d+\n[$#] .*monitor/s);
    await expectRestored(terminal);
  });

  test.each([
    ['Ctrl-C', async (terminal: Terminal) => await terminal.press('C-c')],
    ['SIGTERM', async (terminal: Terminal) => void process.kill(await monitorPid(terminal), 'SIGTERM')],
    ['SIGHUP', async (terminal: Terminal) => void process.kill(await monitorPid(terminal), 'SIGHUP')],
  ])('restores the terminal after %s', async (_, end) => {
    await using terminal = await startedMonitor();
    await end(terminal);
    await terminal.expectShown(/--interval 1\n(Terminated\n|Hangup\n)?[$#]/);
    await expectRestored(terminal);
  });

  test('draws the screen after every key, in terminals of any size and kind', async () => {
    const keys =
      'r s Down Up j k PageDown PageUp G g End Home o p p Enter Escape / x BSpace Enter Escape c Escape n x Escape ' +
      'A j Enter Escape Tab ? Escape a F5 DC M-x C-l';
    await using terminal = await startedMonitor({ env: { MONITOR: `env TERM=dumb ${commandLine()}` } });
    for (const key of keys.split(' ')) {
      await terminal.press(key);
      await terminal.expectShown(/^╭─ contextd Monitor [^]*┘\n/);
    }
    await terminal.resize(1, 1);
    await terminal.press('j', 's', 'Enter');
    await terminal.resize(80, 30);
    await terminal.press('a');
    await terminal.expectShown('Top Sessions');
    await terminal.press('q');
    await expectRestored(terminal);
  });

  test('restores the terminal after a crash, and prints the error', async () => {
    const crash = `data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('crashed'))})`;
    await using terminal = await startedMonitor({ env: { NODE_OPTIONS: `--import ${crash}` } });
    process.kill(await monitorPid(terminal), 'SIGUSR2');
    await terminal.expectShown('Error: crashed');
    await expectRestored(terminal);
  });

  test('keeps the last figures while VictoriaMetrics is down, says so, and recovers', async () => {
    await using terminal = await startedMonitor();
    await backend.stop('victoriametrics');
    const down = await terminal.expectShown('✗ DOWN');
    expect(down).toContain('Usage: 184K / 200K (92%)');
    await terminal.expectShown(/Retry in \ds: Cannot reach/);
    await backend.start('victoriametrics');
    await terminal.expectShown('✓ HEALTHY');
    await terminal.press('q');
  });

  test('silences the alerts of a session in Alertmanager', async () => {
    await using terminal = await startedMonitor();
    await terminal.press('s', 'm');
    await terminal.expectShown('Alerts of conn_127.0.0.1:52341 are silenced until');
    const authorization = basicAuthorization('ctxd', backend.alertmanagerPassword);
    const url = `${backend.urls.alertmanager}/api/v2/silences`;
    const silences = await (await fetch(url, { headers: { authorization } })).json();
    expect(silences).toMatchObject([
      { matchers: [{ name: 'session_id', value: 'conn_127.0.0.1:52341' }], status: { state: 'active' } },
    ]);
  });

  test('names a session at the receiver, and shows the name soon after', async () => {
    await using terminal = await startedMonitor();
    await using _ = await reportedSession('reported', 199_000);
    await terminal.expectShown(/\(reported\)/);
    await terminal.press('s', 'g', 'n');
    await terminal.press('-l', 'fix the 日本語');
    await terminal.press('Enter');
    expect(await terminal.expectShown('✗ fix the 日本語 ')).toContain('▸');
  });

  test('uses 16 colours, and none with NO_COLOR', async () => {
    await using coloured = await startedMonitor();
    const coloursOf = async (terminal: Terminal) =>
      (await terminal.screen({ escapes: true }))
        .split('\u001B[')
        .flatMap((piece) => /^[\d;:]*m/.exec(piece)?.[0].slice(0, -1).split(';') ?? [])
        .filter((code) => /^[3469]/.test(code) && !['39', '49'].includes(code));
    const colours = await coloursOf(coloured);
    expect(colours).toContain('31');
    expect(colours.filter((code) => !/^[39][0-7]$/.test(code))).toEqual([]);
    await using plain = await startedMonitor({ env: { NO_COLOR: '1' } });
    expect(await coloursOf(plain)).toEqual([]);
  });

  test('is ASCII in an ASCII locale', async () => {
    await using terminal = await startedMonitor({ env: { LC_ALL: 'C' } });
    const shown = await terminal.expectShown('v HEALTHY');
    expect(shown).toMatch(/^[\n\x20-\x7E]*$/);
  });
});

/** A session reported only to the receiver; disposing ends it. */
async function reportedSession(id: string, tokensUsed: number): Promise<AsyncDisposable> {
  const url = `${backend.urls.receiver}/v1/sessions/${id}`;
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/usage`, { method: 'POST', headers, body: JSON.stringify({ tokensUsed }) });
  return {
    [Symbol.asyncDispose]: async () => {
      await fetch(url, { method: 'DELETE' });
      await waitForAnswer(
        backend,
        `contextd_session_context_tokens{session_id="${id}"}`,
        ({ length }) => length === 0,
      );
    },
  };
}

async function monitorPid(terminal: Terminal): Promise<number> {
  const shell = await terminal.flag('pane_pid');
  const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

/** The rows of a screen that are not about one session, without what differs between runs: numbers and widths. */
function frameOf(screen: string): string[] {
  return screen
    .split('\n')
    .filter((row) => /^│ (?:\S|└─ Rate|├─ (?:Total|Avg)|└─ \d)|^\[q\]/.test(row) && !/^│ [│┌]/.test(row))
    .map((row) => row.replaceAll(/\d[\d.]*\w*|Mean Share.*|[─│–\s]/g, ''));
}

test.skipIf(!hasTmux)('the picture in docs/images shows the screen as it is (needs tmux)', async () => {
  await using terminal = await startedMonitor();
  const screen = await terminal.expectShown('Latency (p95)');
  const svg = await readFile(join(import.meta.dirname, '../docs/images/monitor.svg'), 'utf8');
  const frame = frameOf(screen).filter((row) => !/^[├└](?:Session|Usage|Checkpoints)/.test(row));
  expect(frame.length).toBeGreaterThan(6);
  expect(frameOf(pictureText(svg)), screen).toEqual(expect.arrayContaining(frame));
});

describe('without a terminal', () => {
  const urlOption = () => ['--url', storeUrlOf(backend)];

  test('--once prints one screen without escapes, and ends', async () => {
    const { exitCode, stdout, stderr } = await ctxd(['monitor', '--once', ...urlOption()]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Usage: 184K / 200K (92%) [✗]');
    expect(stdout).not.toContain('\u001B');
  });

  test('--once --json prints the model', async () => {
    const { stdout } = await ctxd(['monitor', '--once', '--json', ...urlOption()]);
    expect(JSON.parse(stdout)).toMatchObject({
      health: 'healthy',
      isLiveOnly: false,
      totals: { tokensUsed: 389_000, windowTokens: 600_000 },
      sessions: [
        { id: 'conn_127.0.0.1:52341', usagePercent: 92, severity: 'critical' },
        { severity: 'warning' },
        { severity: 'ok' },
      ],
    });
  });

  test('a pipe receives plain lines at each refresh, and closing it ends the monitor', async () => {
    const script = `${commandLine()} | head -8`;
    await using terminal = await testFolder();
    const { stdout, exitCode } = await runCommand('/bin/sh', ['-c', script], { cwd: terminal.path });
    expect(exitCode).toBe(0);
    expect(stdout.match(/ healthy 3 sessions, 389K \/ 600K tokens/g)).toHaveLength(2);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d critical 184K \/ 200K \(92%\) .* conn_127\.0\.0\.1:52341$/m);
  });

  test('--once fails in one sentence when nothing answers', async () => {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const { exitCode, stdout, stderr } = await ctxdProcess(['monitor', '--once', '--url', url]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Cannot reach ${url}. Start it: npm run stack:up (ECONNREFUSED)\n`,
    });
  });

  test('without VictoriaMetrics it shows the receiver alone, as live only', async () => {
    await using folder = await testFolder();
    const [port] = await freePorts(1);
    await using _ = await reportedSession('alone', 100_000);
    const env = { CTXD_STATE_DIR: join(folder.path, 'state'), CTXD_VICTORIAMETRICS_PORT: String(port) };
    const { stdout } = await ctxd(['monitor', '--once', '--receiver', backend.urls.receiver], env);
    expect(stdout).toContain('live only');
    expect(stdout).toContain('Needs VictoriaMetrics');
    expect(stdout).toContain('Session A (alone)');
  });
});
