import { describe, expect, test } from 'vitest';
import { connectedSettings } from './connected-settings.ts';
import { type Examination, findingsOf } from './findings.ts';
import { sourceNames } from './reports.ts';

const endpoints = {
  receiverUrl: 'http://127.0.0.1:4319',
  collectorUrl: 'http://127.0.0.1:4318',
  collectorTokenFile: undefined,
  victoriaMetricsUrl: 'http://127.0.0.1:8428',
  grafanaUrl: undefined,
};
const connection = { ...endpoints, wrapper: '/w/status-line.sh', conflicts: [] };
const connected = connectedSettings({}, connection);
const heard = (...names: string[]) =>
  sourceNames.map((source) => ({
    source,
    lastSeenAtMillis: names.includes(source) ? 1 : null,
    sessions: 0,
    sessionNames: [],
    ignored: {},
  }));
const well: Examination = {
  endpoints,
  version: '2.1.240',
  ranked: [{ path: 'user.json', settings: connected }],
  broken: [],
  wrapperExists: true,
  shell: {},
  receiver: { isUp: true, reports: heard('statusline', 'otlp') },
  collectorStatus: 200,
  liveSessions: 2,
};
const toDo = (more: Partial<Examination>) =>
  findingsOf({ ...well, ...more })
    .filter(({ state }) => state === 'wrong')
    .map(({ subject, sentence, remedy }) => `${subject}: ${sentence} ${remedy}`);
const withSettings = (path: string, settings: object) => [
  ...well.ranked,
  { path, settings: { ...settings } },
];

describe('the doctor', () => {
  test('has nothing to say when the status line and telemetry arrive; hooks are rarely heard', () => {
    expect(toDo({})).toEqual([]);
  });

  test('tells to connect where nothing is connected', () => {
    expect(toDo({ ranked: [{ path: 'user.json', settings: {} }] })).toEqual([
      'telemetry: Is off. npm run connect',
      'hooks: Are not connected. npm run connect',
      'status line: Is not connected. npm run connect',
    ]);
  });

  test('tells to start the stack, part by part', () => {
    expect(
      toDo({
        receiver: { isUp: false, reports: undefined },
        collectorStatus: undefined,
        liveSessions: undefined,
      }),
    ).toEqual([
      'receiver: Does not answer on http://127.0.0.1:4319. Start the stack: npm run stack:up',
      'collector: Does not answer on http://127.0.0.1:4318. Start the stack: npm run stack:up',
      'victoriametrics: Does not answer on http://127.0.0.1:8428. Start the stack: npm run stack:up',
    ]);
  });

  test('tells when the receiver wants a token that nobody knows, and when the hooks do not send it', () => {
    expect(toDo({ receiver: { isUp: true, reports: undefined } })).toEqual([
      'receiver: Wants a token, and CTXD_RECEIVER_TOKEN is another one or not set. Set CTXD_RECEIVER_TOKEN to it, here and where Claude Code starts; then: npm run connect',
    ]);
    const shell = { CTXD_RECEIVER_TOKEN: 'secret' };
    expect(toDo({ shell })).toEqual(['hooks: Do not send the token in CTXD_RECEIVER_TOKEN. npm run connect']);
    const settings = connectedSettings({}, { ...connection, receiverWantsToken: true });
    expect(toDo({ shell, ranked: [{ path: 'user.json', settings }] })).toEqual([]);
  });

  test("tells when the collector's token is not sent, or refused", () => {
    const collectorTokenFile = '/state/secrets/collector-token';
    const wanted = { endpoints: { ...endpoints, collectorTokenFile } };
    const settings = connectedSettings({}, { ...connection, collectorTokenFile });
    const ranked = [{ path: 'user.json', settings }];
    expect(toDo(wanted)).toEqual([
      'telemetry: Does not send the token that the collector wants. npm run connect',
    ]);
    expect(toDo({ ...wanted, ranked })).toEqual([]);
    expect(toDo({ ...wanted, ranked, collectorStatus: 401 })).toEqual([
      'collector: Refuses the token in /state/secrets/collector-token. Start it anew: npm run stack:restart -- collector',
    ]);
    expect(toDo({ collectorStatus: 401 })).toEqual([
      'collector: Refuses reports without a token. Start it anew: npm run stack:restart -- collector',
    ]);
    const theirs = withSettings('local.json', { otelHeadersHelper: 'mine' });
    expect(toDo({ ...wanted, ranked: theirs })).toEqual([]);
  });

  test.each([
    [heard(), ['arrivals: Nothing has arrived yet. Start a session of Claude Code and say something in it.']],
    [heard('transcript', 'otlp'), [expect.stringContaining('Nothing has arrived from statusline yet.')]],
    [heard('statusline'), [expect.stringContaining('Start a new session of Claude Code')]],
  ])('tells what to do about a source that is silent (%#)', (reports, expected) => {
    expect(toDo({ receiver: { isUp: true, reports } })).toEqual(expected);
  });

  test('does not wait for a source that the user keeps out', () => {
    const noStatusLine = 'Left as it is, as you asked.';
    const settings = connectedSettings({}, { ...endpoints, wrapper: '/w', conflicts: [], noStatusLine });
    expect(
      toDo({
        ranked: [{ path: 'user.json', settings }],
        receiver: { isUp: true, reports: heard('transcript') },
        shell: { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://otel.example.com/v1/logs' },
      }),
    ).toEqual([]);
  });

  test('finds what switches hooks and status line off', () => {
    expect(toDo({ ranked: withSettings('local.json', { disableAllHooks: true }) })).toEqual([
      'hooks: local.json switches all hooks off. Take disableAllHooks out of it.',
      'status line: local.json switches it off. Take disableAllHooks out of it.',
    ]);
  });

  test('finds a status line of the project that stands before ours', () => {
    const ranked = withSettings('local.json', { statusLine: { type: 'command', command: 'mine' } });
    expect(toDo({ ranked })).toEqual([
      'status line: local.json sets another one, so ours does not run in this folder. In this folder connect that one, too: npm run connect -- --scope project',
    ]);
  });

  test('finds a list of allowed addresses that ours is not on', () => {
    const limited = (...allowedHttpHookUrls: string[]) => ({
      ranked: withSettings('x', { allowedHttpHookUrls }),
    });
    expect(toDo(limited('https://hooks.example.com/*', 'http://127.0.0.1:4319/other'))).toEqual([
      'hooks: allowedHttpHookUrls leaves ours out. Add "http://127.0.0.1:4319/*" to it in your settings.',
    ]);
    expect(toDo(limited('http://127.0.0.1:*'))).toEqual([]);
  });

  test('finds a wrapper that is gone, an old Claude Code and a broken settings file', () => {
    expect(toDo({ wrapperExists: false })).toEqual([expect.stringContaining('Its wrapper is gone')]);
    expect(toDo({ version: '2.1.9' })).toEqual([expect.stringContaining('2.1.9 is too old')]);
    expect(toDo({ broken: ['x.json:1:2: not valid JSON.\nCorrect it.'] })).toEqual([
      'settings: x.json:1:2: not valid JSON. Correct it.',
    ]);
  });

  test('only notes what is fine as it is', () => {
    const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' };
    const findings = findingsOf({
      ...well,
      version: undefined,
      ranked: withSettings('local.json', { env: elsewhere }),
    });
    expect(findings.filter(({ state }) => state === 'note').map(({ sentence }) => sentence)).toEqual([
      'Not found on the PATH; an IDE can bring its own.',
      'Goes elsewhere: local.json has OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com. Compactions and cost are less exact without it.',
    ]);
    expect(findings.some(({ state }) => state === 'wrong')).toBe(false);
  });
});
