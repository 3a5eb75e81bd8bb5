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
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

const resources = new AsyncDisposableStack();
let stack: NativeStack;
let app: KoaApp;
let http: HttpRecorder;
let mail: MailServer;

beforeAll(async () => {
  http = resources.use(await startHttpRecorder());
  mail = resources.use(await startMailServer());
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-secrets-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const secret = async (name: string, text: string) => {
    await writeFile(join(folder, name), `${text}\n`);
    return join(folder, name);
  };
  const env = {
    CTXD_ALERT_WEBHOOK_URL: `${http.url}/webhook`,
    CTXD_ALERT_SLACK_URL_FILE: await secret('slack', `${http.url}/slack`),
    CTXD_ALERT_DISCORD_URL_FILE: await secret('discord', `${http.url}/discord`),
    CTXD_ALERT_NTFY_URL: `${http.url}/ntfy`,
    CTXD_ALERT_NTFY_TOKEN_FILE: await secret('ntfy', 'tk_secret'),
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
  const description =
    'Session full reached 95.0 % of its context window (190k of 200k tokens). Save a checkpoint or type /compact in it now.';

  beforeAll(async () => {
    await app.send('full', { tokens: 190_000 });
    await expectCourse('full', ['ContextWindowCritical firing']);
  });

  test('reaches Slack as a message with links', async () => {
    await waitUntil(() => Promise.resolve(http.requests('/slack').length > 0), 120_000);
    expect(http.requests('/slack')[0]?.body).toMatchObject({
      attachments: [
        {
          title: 'The context window of a session is nearly full.',
          text: expect.stringMatching(
            /^Session full reached 95\.0 % [^]*\n<http:\/\/[^|]*\/d\/ctxd-session-detail\?var-session=full\|Dashboard> · <file:\/\/\/[^|]*ContextWindowCritical\.md\|What to do>/,
          ),
          color: 'danger',
        },
      ],
    });
  });

  test('arrives by e-mail, in plain text', async () => {
    await waitUntil(() => Promise.resolve(mail.mails.length > 0), 120_000);
    const text = mail.mails[0]?.replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(text).toMatch(/^Subject: The context window of a session is nearly full\.\r$/m);
    expect(text).toMatch(/^From: ctxd@example\.com\r$/m);
    expect(text).toMatch(/^To: me@example\.com\r$/m);
    expect(text).toContain(description);
    expect(text).not.toContain('<html');
  });

  test('reaches Discord', async () => {
    await waitUntil(() => Promise.resolve(http.requests('/discord').length > 0), 120_000);
    expect(JSON.stringify(http.requests('/discord')[0]?.body)).toContain(description);
  });

  test('reaches ntfy with its templates and the token', async () => {
    await waitUntil(() => Promise.resolve(http.requests('/ntfy').length > 0), 120_000);
    const [request] = http.requests('/ntfy');
    expect(request?.authorization).toBe('Bearer tk_secret');
    expect(request?.url.searchParams.get('template')).toBe('yes');
    expect(request?.url.searchParams.get('message')).toContain('{{ .annotations.description }}');
    expect(request?.body).toMatchObject({ alerts: [{ annotations: { description } }] });
  });

  test('reaches the inbox, which npm run alerts lists', async () => {
    await waitUntil(async () => (await run('list')).output.includes('Session full'), 120_000);
    const { output, exitCode } = await run('list');
    expect(output).toContain(`critical  ${description}`);
    expect(output).toContain('/d/ctxd-session-detail?var-session=full');
    expect(exitCode).toBe(0);
  });

  test('is followed by a resolved notification', async () => {
    await app.send('full', { tokens: 20_000, saved: 170_000 });
    await expectCourse('full', ['ContextWindowCritical firing', 'ContextWindowCritical resolved']);
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

describe('npm run alerts:test', () => {
  test('says that every receiver accepted the alert', async () => {
    const { output, exitCode } = await run('test');
    for (const name of ['inbox', 'webhook', 'slack', 'email', 'discord', 'ntfy']) {
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
    expect(await waitUntil(isNamed, 30_000)).toBe(true);
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
