import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ctxd } from './ctxd-command.ts';
import { runCommand } from '../compose/system/command.ts';
import { type NativeStack, startNative } from '../scripts/stack/native-stack.ts';
import { writeRecord } from '../compose/runtime/state.ts';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { forEachPart } from '../compose/parts.ts';
import { type HttpRecorder, startHttpRecorder } from './http-recorder.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

/** The output of `npm run alerts:test`, and what arrived. */
interface Trial {
  readonly output: string;
  readonly exitCode: number | null;
  readonly mails: readonly string[];
  readonly inbox: string;
}

const resources = new AsyncDisposableStack();
const login = { user: 'me', password: 'open sesame' };
const always = '00:00-24:00';
const day = (inDays: number) =>
  new Date(Date.now() + inDays * 86_400_000).toLocaleDateString('en', { weekday: 'long' });
const telegram = '/bot12:secret/sendMessage';

let http: HttpRecorder;
let trials: Readonly<
  Record<'local' | 'secure' | 'wrongPassword' | 'untrusted' | 'muted' | 'oddAnswer', Trial>
>;

beforeAll(async () => {
  http = resources.use(await startHttpRecorder());
  http.answer(telegram, 200, '{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-42}}}');
  const folder = resources.use(await testFolder());
  const secret = async (name: string, text: string) => {
    await writeFile(join(folder.path, name), `${text}\n`);
    return join(folder.path, name);
  };
  const tls = await certificate(folder.path);
  const password = await secret('password', login.password);
  const [local, secure, refusing, strange] = await Promise.all(
    [{ login }, { login, tls }, { login, tls }, { tls }].map(startMailServer),
  );
  const mailTo = (server: MailServer | undefined, env = {}) => ({
    CTXD_ALERT_EMAIL_TO: 'me@example.com',
    CTXD_ALERT_EMAIL_SERVER: resources.use(server!).address,
    ...env,
  });
  const known = { CTXD_ALERT_EMAIL_USER: login.user, CTXD_ALERT_EMAIL_PASSWORD_FILE: password };
  const trusted = { CTXD_ALERT_EMAIL_CA_FILE: join(folder.path, 'cert.pem') };
  const wrong = { ...known, CTXD_ALERT_EMAIL_PASSWORD_FILE: await secret('wrong', 'sesame') };
  const bot = {
    CTXD_ALERT_TELEGRAM_TOKEN_FILE: await secret('bot', '12:secret'),
    CTXD_ALERT_TELEGRAM_CHAT_ID: '-42',
    CTXD_ALERT_TELEGRAM_URL: http.url,
  };
  http.answer('/bot13:odd/sendMessage', 200, '{"ok":true}');
  const oddBot = { ...bot, CTXD_ALERT_TELEGRAM_TOKEN_FILE: await secret('odd', '13:odd') };
  const [a, b, c, d, e, f] = await Promise.all([
    tryOut(
      { ...mailTo(local, { ...known, CTXD_ALERT_EMAIL_TLS: '0' }), ...bot, CTXD_ALERT_MUTE: day(3) },
      local,
    ),
    tryOut(mailTo(secure, { ...known, ...trusted }), secure),
    tryOut(mailTo(refusing, { ...wrong, ...trusted }), refusing),
    tryOut(mailTo(strange), strange),
    tryOut({ CTXD_ALERT_WEBHOOK_URL: `${http.url}/muted`, CTXD_ALERT_MUTE: always }),
    tryOut({ CTXD_ALERT_WEBHOOK_URL: `${http.url}/beside`, ...oddBot }),
  ]);
  trials = { local: a, secure: b, wrongPassword: c, untrusted: d, muted: e, oddAnswer: f };
}, 900_000);

afterAll(() => resources.disposeAsync());

const delivered = (receiver: string) => new RegExp(`^${receiver} +delivered after \\d+\\.\\d s$`, 'm');

describe('an e-mail', () => {
  test.each(['local', 'secure'] as const)('is sent with a login (%s)', (name) => {
    const { output, mails, exitCode } = trials[name];
    expect(output).toMatch(delivered('email'));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^Subject: =\?utf-8\?q\?=E2=84=B9_A_test_alert_of_ctxd\?=\r$/m);
    expect(exitCode).toBe(0);
  });

  test('is not sent with a wrong password, and the output quotes the server', () => {
    const { output, mails, exitCode } = trials.wrongPassword;
    expect(output).toMatch(/^email +failed: .*535 "5\.7\.8 Authentication credentials invalid"$/m);
    expect(mails).toEqual([]);
    expect(exitCode).toBe(1);
  });

  test('is not sent to a server with an untrusted certificate', () => {
    expect(trials.untrusted.output).toMatch(/^email +failed: .*certificate signed by unknown authority/m);
    expect(trials.untrusted.mails).toEqual([]);
  });
});

test('Telegram receives the text for the chat', () => {
  expect(trials.local.output).toMatch(delivered('telegram'));
  expect(Object.fromEntries(http.requests(telegram)[0]?.url.searchParams ?? [])).toEqual({
    chat_id: '-42',
    text: expect.stringMatching(/^ℹ A test alert of ctxd\nThis is test \w+, sent by npm run alerts:test\./),
  });
});

test('an answer of Telegram without a message stops no other channel', () => {
  const { output, inbox, exitCode } = trials.oddAnswer;
  expect(output).toMatch(delivered('telegram'));
  expect(output).toMatch(delivered('webhook'));
  expect(inbox).toContain('This is test');
  expect(exitCode).toBe(0);
});

test('at mute times only the inbox is notified, and alerts:test says so', () => {
  const { output, inbox, exitCode } = trials.muted;
  expect(output).toMatch(delivered('inbox'));
  expect(output).toMatch(/^webhook +muted by CTXD_ALERT_MUTE at this time$/m);
  expect(http.requests('/muted')).toEqual([]);
  expect(inbox).toContain('This is test');
  expect(exitCode).toBe(1);
});

/** Runs `npm run alerts:test` against an Alertmanager and an inbox with these settings. */
async function tryOut(env: Readonly<Record<string, string>>, mail?: MailServer): Promise<Trial> {
  const parts = ['alertmanager', 'receiver'] as const;
  await using stack: NativeStack = await startNative({ parts, env, print: console.log });
  const ports = forEachPart(({ name }) => {
    const port = Number(new URL(stack.urls[name]).port);
    return { main: port, health: port };
  });
  await writeRecord(stack.stateDir, { runtime: 'native', parts, ports });
  const { exitCode, stdout, stderr } = await ctxd(['alerts', 'test'], { CTXD_STATE_DIR: stack.stateDir });
  const inbox = await (await fetch(`${stack.urls.receiver}/alerts`)).text();
  // The test alert resolves, and another mail may say so before the stack is stopped.
  const mails = (mail?.mails ?? []).filter((text) => !text.includes('_is_over'));
  return { output: `${stdout}${stderr}`, exitCode, mails, inbox };
}

/** Makes a key and a self-signed certificate for 127.0.0.1 in a folder. */
async function certificate(folder: string) {
  const path = (name: string) => join(folder, `${name}.pem`);
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1';
  const { exitCode, output } = await runCommand('openssl', [
    ...request.split(' '),
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    path('key'),
    '-out',
    path('cert'),
  ]);
  if (exitCode !== 0) throw new Error(`openssl made no certificate: ${output}`);
  return { key: await readFile(path('key'), 'utf8'), cert: await readFile(path('cert'), 'utf8') };
}
