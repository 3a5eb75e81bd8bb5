import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forEachPart } from '../compose/parts.ts';
import { ctxd } from './ctxd-command.ts';
import { stackCommand } from '../scripts/stack/main.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { type NativeStack, startNative } from '../scripts/stack/native-stack.ts';
import { writeRecord } from '../compose/runtime/state.ts';
import { type HttpRecorder, startHttpRecorder } from './http-recorder.ts';
import { type KoaApp, startKoaApp } from './koa-app.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

interface Notification {
  readonly alerts: readonly {
    readonly status: string;
    /** Year 1 while the alert fires. */
    readonly endsAt: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

const resources = new AsyncDisposableStack();
let stack: NativeStack;
let app: KoaApp;
let http: HttpRecorder;
let mail: MailServer;
let desktopFile: string;

beforeAll(async () => {
  http = resources.use(await startHttpRecorder());
  mail = resources.use(await startMailServer());
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-secrets-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const secret = async (name: string, text: string) => {
    await writeFile(join(folder, name), `${text}\n`);
    return join(folder, name);
  };
  desktopFile = join(folder, 'desktop');
  // Stands in for the desktop's own program, and keeps its arguments.
  const program = `#!/bin/sh\n[ "$1" = --app-name=ctxd ] && printf '%s\\037' "$@" >>'${desktopFile}' && printf '\\036' >>'${desktopFile}'\n`;
  await writeFile(join(folder, 'notify-send'), program, { mode: 0o755 });
  const env = {
    CTXD_ALERT_DESKTOP: '1',
    PATH: `${folder}:${process.env['PATH']}`,
    CTXD_ALERT_WEBHOOK_URL: `${http.url}/webhook`,
    CTXD_ALERT_SLACK_URL_FILE: await secret('slack', `${http.url}/slack`),
    CTXD_ALERT_DISCORD_URL_FILE: await secret('discord', `${http.url}/discord`),
    CTXD_ALERT_NTFY_URL: `${http.url}/ntfy`,
    CTXD_ALERT_NTFY_TOKEN_FILE: await secret('ntfy', 'tk_secret'),
    CTXD_ALERT_TELEGRAM_TOKEN_FILE: await secret('bot', '12:secret'),
    CTXD_ALERT_TELEGRAM_CHAT_ID: '-42',
    CTXD_ALERT_TELEGRAM_URL: http.url,
    CTXD_ALERT_RUNBOOK_BASE: 'https://example.com/runbooks',
    CTXD_ALERT_WATCHDOG_URL_FILE: await secret('watchdog', `${http.url}/watchdog`),
    CTXD_ALERT_EMAIL_TO: 'me@example.com',
    CTXD_ALERT_EMAIL_FROM: 'ctxd@example.com',
    CTXD_ALERT_EMAIL_SERVER: mail.address,
    CTXD_ALERT_EMAIL_TLS: '0',
    CTXD_ALERT_HOLD_SECONDS: '6',
  };
  const parts = ['collector', 'victoriametrics', 'alertmanager', 'vmalert', 'receiver'] as const;
  stack = resources.use(await startNative({ parts, env, print: console.log }));
  app = resources.use(await startKoaApp(stack.urls.collector));
  const ports = forEachPart(({ name }) => portsAt(stack.urls[name]));
  await writeRecord(stack.stateDir, { runtime: 'native', parts, ports });
}, 900_000);

afterAll(() => resources.disposeAsync());

const alertsOf = (sessionId: string) =>
  http
    .requests('/webhook')
    .flatMap(({ body }) => (body as Notification).alerts)
    .filter(({ labels }) => labels['session_id'] === sessionId);

/** Notifications such as `ContextWindowCritical firing`, in order of arrival. */
const courseOf = (sessionId: string) =>
  alertsOf(sessionId).map(({ labels, status }) => `${labels['alertname']} ${status}`);

async function expectCourse(sessionId: string, course: readonly string[]): Promise<void> {
  await waitUntil(() => Promise.resolve(courseOf(sessionId).length >= course.length), 120_000);
  expect(courseOf(sessionId)).toEqual(course);
}

describe('a crossing', () => {
  beforeAll(async () => {
    await app.send('full', { tokens: 190_000 });
    await expectCourse('full', ['ContextWindowCritical firing']);
  });

  test('reaches every channel in a text for a locked phone', async () => {
    await waitUntil(() => Promise.resolve(isDelivered(1)), 120_000);
    await waitUntil(async () => (await inbox()).length > 0, 120_000);
    const delivered = `${deliveries(none)}\n${await forPrograms(0)}`;
    await expect(delivered).toMatchFileSnapshot('deliveries/critical.txt');
  });

  test('reaches the inbox, which npm run alerts lists', async () => {
    await waitUntil(async () => (await run('list')).output.includes('✗ full'), 120_000);
    const { output, exitCode } = await run('list');
    expect(output).toContain('  ✗ full 95 % of context: 10k left\n');
    expect(output).not.toContain('/d/ctxd-session-detail');
    expect(exitCode).toBe(0);
  });

  test('is followed by a resolved notification', async () => {
    await app.send('full', { tokens: 20_000, saved: 170_000 });
    await expectCourse('full', ['ContextWindowCritical firing', 'ContextWindowCritical resolved']);
    await waitUntil(() => Promise.resolve(isDelivered(2)), 120_000);
    // vmalert no longer knows the percentage if a busy machine evaluates the rule too late.
    const all = `${deliveries(none, 1)}\n${await forPrograms(1)}`;
    const delivered = all.replaceAll('ended, or is below 90 % again', 'back to 10 %');
    await expect(delivered).toMatchFileSnapshot('deliveries/resolved.txt');
  });
});

test('a spike between two exports fires once and resolves once', async () => {
  await app.send('spike', { tokens: 20_000 });
  await waitUntil(() => hasSeries('spike'), 120_000);
  await app.send('spike', { tokens: 185_000 });
  await app.send('spike', { tokens: 20_000 });
  await expectCourse('spike', ['ContextWindowCritical firing', 'ContextWindowCritical resolved']);
});

test('an escalation fires once at each threshold, and each alert resolves once', async () => {
  await app.send('climbs', { tokens: 150_000 });
  await expectCourse('climbs', ['ContextWindowWarning firing']);
  await app.send('climbs', { tokens: 190_000 });
  await expectCourse('climbs', ['ContextWindowWarning firing', 'ContextWindowCritical firing']);
  await app.send('climbs', { tokens: 20_000, saved: 170_000 });
  await waitUntil(() => Promise.resolve(courseOf('climbs').length >= 4), 120_000);
  expect(courseOf('climbs').slice(2).toSorted()).toEqual([
    'ContextWindowCritical resolved',
    'ContextWindowWarning resolved',
  ]);
});

test('the watchdog, which always fires, is sent to its own address', async () => {
  await waitUntil(() => Promise.resolve(http.requests('/watchdog').length > 0), 120_000);
  expect(http.requests('/watchdog')[0]?.body).toMatchObject({
    alerts: [{ status: 'firing', labels: { alertname: 'CtxdWatchdog' } }],
  });
  expect(JSON.stringify(http.requests('/webhook'))).not.toContain('CtxdWatchdog');
});

test('eight sessions that cross within seconds are one message, and one when all are over', async () => {
  const sessions = Array.from({ length: 8 }, (_, index) => `burst-${index}`);
  let before = receivedSoFar();
  const slack = () =>
    http
      .requests('/slack')
      .slice(before['Slack'])
      .map(({ body }) => JSON.stringify(body));
  const cross = async () => {
    // What resolved just before would be in the same message.
    await waitUntil(() => Promise.resolve(Date.now() - lastEndMillis() > 13_000), 120_000);
    before = receivedSoFar();
    await Promise.all(
      sessions.map((session, index) => app.send(session, { tokens: index < 4 ? 150_000 : 190_000 })),
    );
    await waitUntil(() => Promise.resolve(isDelivered(1, before)), 120_000);
  };
  const recover = async (ends: number) => {
    for (const session of sessions) await app.send(session, { tokens: 20_000, saved: 130_000 });
    for (const session of sessions)
      await waitUntil(() => Promise.resolve(courseOf(session).length >= 2 * ends), 120_000);
  };
  // On a busy machine, their samples can arrive in two rounds of the rules, on both sides of a message.
  let tries = 1;
  for (await cross(); tries < 4 && !sessions.every((name) => slack()[0]?.includes(name)); tries += 1) {
    await recover(tries);
    await cross();
  }
  await expect(deliveries(before)).toMatchFileSnapshot('deliveries/several.txt');
  await recover(tries);
  await waitUntil(
    () => Promise.resolve(sessions.every((name) => slack().join().includes(`✓ ${name} back`))),
    120_000,
  );
  // Warnings resolve 4 s after critical alerts, which can be in the next message.
  expect(slack().length).toBeLessThanOrEqual(3);
});

describe('npm run alerts:test', () => {
  test('says that every receiver accepted the alert', async () => {
    const { output, exitCode } = await run('test');
    for (const name of ['inbox', 'webhook', 'slack', 'email', 'discord', 'ntfy', 'telegram', 'desktop']) {
      expect(output).toMatch(new RegExp(`^${name} +delivered after \\d+\\.\\d s$`, 'm'));
    }
    expect(exitCode).toBe(0);
  });

  test('quotes the answer of a receiver that fails', async () => {
    http.answer('/slack', 404, 'no_such_channel');
    const { output, exitCode } = await run('test');
    http.answer('/slack', 200);
    expect(output).toMatch(/^slack +failed: .*404.*no_such_channel/m);
    expect(output).toMatch(/^webhook +delivered/m);
    expect(exitCode).toBe(1);
  });

  test('is what npm run stack:status refers to, with the name of the receiver that fails', async () => {
    const isNamed = async () =>
      (await runStackCommand(['status'])).output.includes('Notifications to slack failed');
    expect(await waitUntil(isNamed, 120_000)).toBe(true);
    expect((await runStackCommand(['status'])).output).not.toContain('Notifications to webhook');
  });
});

test('a silence outlives that Alertmanager is killed', async () => {
  const { output } = await run('silence', 'all', '1h');
  await stack.stop('alertmanager', 'SIGKILL');
  await stack.start('alertmanager');
  expect((await run('silence')).output).toBe(output);
  const [, id = ''] = /--end (\S+)/.exec(output) ?? [];
  await run('silence', '--end', id);
});

test('npm run alerts:silence silences a session until the silence ends, and lists silences', async () => {
  await app.send('quiet', { tokens: 20_000 });
  await waitUntil(() => hasSeries('quiet'), 120_000);
  const { output } = await run('silence', 'qui', '1h');
  expect(output).toMatch(/^Alerts of quiet are silenced until /);
  expect((await run('silence')).output).toBe(output);
  expect(await run('silence', 'nobody', '1h')).toMatchObject({
    output: expect.stringMatching(/^There is no session nobody /),
    exitCode: 2,
  });
  await app.send('quiet', { tokens: 190_000 });
  await app.send('loud', { tokens: 190_000 });
  await expectCourse('loud', ['ContextWindowCritical firing']);
  expect(courseOf('quiet')).toEqual([]);
  const [, id = ''] = /--end (\S+)/.exec(output) ?? [];
  expect((await run('silence', '--end', id)).output).toBe(`The silence ${id} has ended.`);
  expect((await run('silence', '--end', id)).output).toMatch(/^There is no silence /);
  expect((await run('silence')).output).toBe('No alerts are silenced.');
  await expectCourse('quiet', ['ContextWindowCritical firing']);
  await app.send('quiet', { end: true });
  await app.send('loud', { end: true });
});

test.each([
  ['CTXD_ALERT_SLAK_URL_FILE', '/tmp/x'],
  ['CTXD_ALERT_SLACK_URL_FILE', '/nonexistent'],
  ['CTXD_CRITICAL_PERCENT', '900'],
])('a wrong %s is named in one sentence, and the previous rules stay in force', async (variable, value) => {
  const files = ['config/rules/rules.yaml', 'config/alertmanager.yaml'].map((path) =>
    join(stack.stateDir, path),
  );
  const before = await Promise.all(files.map((path) => readFile(path, 'utf8')));
  const { exitCode, output } = await stackUp({ [variable]: value });
  expect(exitCode).toBe(2);
  expect(output.split('\n').filter((line) => line.includes(variable))).toHaveLength(1);
  expect(await Promise.all(files.map((path) => readFile(path, 'utf8')))).toEqual(before);
  expect((await fetch(`${stack.urls.vmalert}/health`)).status).toBe(200);
});

const channelsOf = {
  Slack: '/slack',
  Discord: '/discord',
  ntfy: '/ntfy',
  Telegram: '/bot12:secret/sendMessage',
} as const;

function lastEndMillis(): number {
  const alerts = http.requests('/webhook').flatMap(({ body }) => (body as Notification).alerts);
  return Math.max(...alerts.map(({ endsAt }) => Date.parse(endsAt)));
}

type Channel = keyof typeof channelsOf | 'E-mail' | 'Desktop';
type Counts = Readonly<Record<Channel, number>>;

const none: Counts = { Slack: 0, Discord: 0, ntfy: 0, Telegram: 0, 'E-mail': 0, Desktop: 0 };

/** The number of messages that each channel has received. */
function receivedSoFar(): Counts {
  const posts = Object.entries(channelsOf).map(([name, path]) => [name, http.requests(path).length]);
  return { ...none, ...Object.fromEntries(posts), 'E-mail': mail.mails.length, Desktop: onDesktop().length };
}

/** Whether each channel has received so many messages more than before. */
function isDelivered(count: number, before = none): boolean {
  const now = receivedSoFar();
  return (Object.keys(now) as Channel[]).every((name) => now[name] >= before[name] + count);
}

/** What each channel received next, as text. */
function deliveries(before: Counts, index = 0): string {
  const posts = (Object.keys(channelsOf) as (keyof typeof channelsOf)[]).map((name) => {
    const { url, body } = http.requests(channelsOf[name])[before[name] + index]!;
    const isInQuery = name === 'ntfy' || name === 'Telegram';
    return `${name}\n${JSON.stringify(isInQuery ? Object.fromEntries(url.searchParams) : body, undefined, 2)}`;
  });
  const mailed = `E-mail\n${mailShown(mail.mails[before['E-mail'] + index] ?? '')}`;
  const shown = `Desktop\n${(onDesktop()[before.Desktop + index] ?? []).join('\n').trimEnd()}`;
  return `${[...posts, mailed, shown].join('\n\n')}\n`;
}

/** The arguments of the desktop's program, for each notification. */
function onDesktop(): string[][] {
  const text = existsSync(desktopFile) ? readFileSync(desktopFile, 'utf8') : '';
  return text.split('\u001E').flatMap((call) => (call === '' ? [] : [call.split('\u001F')]));
}

/** What the webhook and the inbox receive about the session `full`, without what differs between runs. */
async function forPrograms(index: number): Promise<string> {
  const isAbout = ({ body }: { body: unknown }) => JSON.stringify(body).includes('"session_id":"full"');
  const webhook = http.requests('/webhook').filter(isAbout)[index]?.body;
  const kept = (await inbox())[index];
  return `Webhook\n${stable(webhook)}\n\nInbox\n${stable(kept)}\n`;
}

async function inbox(): Promise<readonly { readonly sessionId: string }[]> {
  const answer = await (await fetch(`${stack.urls.receiver}/alerts`)).json();
  return (answer as { alerts: { sessionId: string }[] }).alerts.filter(
    ({ sessionId }) => sessionId === 'full',
  );
}

function stable(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"<time>"')
    .replaceAll(/("(?:receivedAtMillis|id|value)": )"?[\d.]+"?/g, '$1"<number>"')
    .replaceAll(/("(?:fingerprint|service_instance_id|notificationId)": )"[^"]*"/g, '$1"<id>"')
    .replaceAll(/http:\/\/[^"/]+(:\d+)?\//g, 'http://<address>/')
    .replaceAll(/("externalURL": )"[^"]*"/g, '$1"<url>"')
    .replaceAll(/((?:group|alert)_id=)\d+/g, '$1<id>');
}

/** The headers that people see, and the text. */
function mailShown(text: string): string {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const header = (name: string) => {
    const folded = new RegExp(`^${name}: (.*(?:\\r\\n .*)*)`, 'm').exec(head)?.[1] ?? '';
    const word = (_: string, quoted: string) => unquoted(quoted.replaceAll('_', ' '));
    const oneLine = folded.replaceAll(/\?=\s+=\?utf-8\?q\?/gi, '').replaceAll('\r\n', '');
    return `${name}: ${oneLine.replace(/=\?utf-8\?q\?(.*)\?=/i, word)}`;
  };
  const body = rest
    .join('\r\n\r\n')
    .replace(/^--.*(\r\n.+)*\r\n\r\n/, '')
    .replace(/\r\n--[^]*/, '');
  return [...['From', 'To', 'Subject'].map(header), '', unquoted(body).replaceAll('\r', '').trimEnd()].join(
    '\n',
  );
}

/** Decodes quoted-printable text. */
function unquoted(text: string): string {
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function portsAt(url: string) {
  const main = Number(new URL(url).port);
  return { main, health: main };
}

/** Runs `npm run stack:up` on this stack. */
const stackUp = async (variables: Readonly<Record<string, string>>) =>
  await runStackCommand(['up'], variables);

/** Runs a stack command on this stack. */
async function runStackCommand(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const env = { ...process.env, CTXD_STATE_DIR: stack.stateDir, ...variables };
  return { exitCode: await stackCommand(args, { env, print, printError: print }), output: lines.join('\n') };
}

async function hasSeries(sessionId: string): Promise<boolean> {
  const query = encodeURIComponent(`contextd_session_context_tokens{session_id="${sessionId}"}`);
  const headers = { authorization: stack.storeAuthorization };
  const answer = await fetch(`${stack.urls.victoriametrics}/api/v1/query?query=${query}`, { headers });
  return (await answer.text()).includes(sessionId);
}

/** One of the alerts' commands on this stack. */
async function run(...args: string[]): Promise<{ output: string; exitCode: number | null }> {
  const { exitCode, stdout, stderr } = await ctxd(['alerts', ...args], { CTXD_STATE_DIR: stack.stateDir });
  return { output: `${stdout}${stderr}`.trimEnd(), exitCode };
}
