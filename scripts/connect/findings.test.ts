import { describe, expect, test } from 'vitest';
import { connectedSettings } from './connected-settings.ts';
import { type Examination, findingsOf } from './findings.ts';
import { sourceNames } from './reports.ts';
import type { RunningSession } from './running.ts';

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
  running: [],
  connectedAtMillis: 1_000,
};
const toDo = (more: Partial<Examination>) =>
  findingsOf({ ...well, ...more })
    .filter(({ state }) => state === 'wrong')
    .map(({ subject, sentence, remedy }) => `${subject}: ${sentence} ${remedy}`);
const withSettings = (path: string, settings: object) => [
  ...well.ranked,
  { path, settings: { ...settings } },
];

const notes = (more: Partial<Examination>) =>
  findingsOf({ ...well, ...more }).flatMap(({ state, sentence }) => (state === 'note' ? [sentence] : []));
/** A session that runs since it was connected and made requests; what the receiver heard of it. */
const oneRunning = (session: Partial<RunningSession>, sources: Record<string, number> = {}) => ({
  running: [
    { id: 'abcdefghij', entrypoint: 'cli', startedAtMillis: 2_000, commandLine: 'claude', ...session },
  ],
  receiver: {
    isUp: true,
    reports: heard('statusline', 'otlp'),
    sessions: [{ id: 'abcdefghij', name: 'fix login', tokensUsed: 50_000, sources }],
  },
});

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

  test('finds a receiver that requires another token', () => {
    expect(toDo({ receiver: { isUp: true, reports: undefined } })).toEqual([
      'receiver: Requires a token; CTXD_RECEIVER_TOKEN is not set or another one. Set CTXD_RECEIVER_TOKEN to its token, here and where Claude Code starts.',
    ]);
  });

  test('finds the hooks of an older connection', () => {
    const hooks = {
      SessionEnd: [{ hooks: [{ type: 'http', url: 'http://127.0.0.1:4319/claude-code/hooks' }] }],
    };
    expect(toDo({ ranked: withSettings('local.json', { hooks }) })).toEqual([
      'hooks: Are of an older connection and print errors while the stack is down. npm run connect',
    ]);
  });

  test("tells when the collector's token is not sent, or refused", () => {
    const collectorTokenFile = '/state/secrets/collector-token';
    const wanted = { endpoints: { ...endpoints, collectorTokenFile } };
    const settings = connectedSettings({}, { ...connection, collectorTokenFile });
    const ranked = [{ path: 'user.json', settings }];
    expect(toDo(wanted)).toEqual([
      'telemetry: Does not send the token that the collector requires. npm run connect',
    ]);
    expect(toDo({ ...wanted, ranked })).toEqual([]);
    expect(toDo({ ...wanted, ranked, collectorStatus: 401 })).toEqual([
      'collector: Refuses the token in /state/secrets/collector-token. Restart it: npm run stack:restart -- collector',
    ]);
    expect(toDo({ collectorStatus: 401 })).toEqual([
      'collector: Refuses exports without a token. Restart it: npm run stack:restart -- collector',
    ]);
    const theirs = withSettings('local.json', { otelHeadersHelper: 'mine' });
    expect(toDo({ ...wanted, ranked: theirs })).toEqual([]);
  });

  test('has nothing to do right after connecting, with or without sessions that were there before', () => {
    expect(toDo({ receiver: { isUp: true, reports: heard() } })).toEqual([]);
    expect(
      toDo({ ...oneRunning({ startedAtMillis: 1 }), receiver: { isUp: true, reports: heard() } }),
    ).toEqual([]);
    expect(notes({ receiver: { isUp: true, reports: heard() } })).toEqual([
      'Nothing has arrived from statusline yet. The next session of Claude Code will report.',
      'Nothing has arrived from otlp yet. The next session of Claude Code will report.',
    ]);
  });

  test.each([
    [
      'transcript',
      [
        'arrivals: Nothing has arrived from statusline yet. Trust the folder in Claude Code; a status line runs only then.',
        'arrivals: Nothing has arrived from otlp yet. Start a new session of Claude Code; telemetry is read at its start.',
      ],
    ],
    ['statusline', [expect.stringContaining('Nothing has arrived from otlp yet.')]],
  ])('finds a source that is silent though a session makes requests (heard: %s)', (source, expected) => {
    const { running, receiver } = oneRunning({});
    expect(toDo({ running, receiver: { ...receiver, reports: heard(source) } })).toEqual(expected);
  });

  test.each([
    [{ commandLine: 'claude --bare -p hello' }, 'it runs with --bare, which leaves settings out'],
    [{ commandLine: '/usr/bin/claude --restricted' }, 'it runs with --restricted, which leaves settings out'],
    [
      { commandLine: 'claude -p --setting-sources  --verbose', entrypoint: 'sdk-py' },
      'it runs without the user settings (--setting-sources, in the SDK `settingSources`)',
    ],
    [{ entrypoint: 'sdk-ts' }, "the SDK reads no settings unless `settingSources` has 'user'"],
    [
      { startedAtMillis: 999 },
      'it started before Claude Code was connected, and telemetry is read at the start',
    ],
  ])('names a running session that does not report, and the reason (%j)', (session, reason) => {
    expect(notes(oneRunning(session, { transcript: 5 }))).toEqual([
      `fix login (abcdefgh) does not report: ${reason}. Its figures are those of its transcript.`,
    ]);
    expect(notes(oneRunning(session, { otlp: 5 }))).toEqual([]);
  });

  test('notes telemetry that was too large to be accepted', () => {
    const [statusline, otlp] = heard('statusline', 'otlp');
    const reports = [statusline!, { ...otlp!, ignored: { too_large: 3 } }];
    expect(notes({ receiver: { isUp: true, reports } })).toEqual([
      'OTLP batches above 16 MiB: 3 were refused since the receiver started. OTEL_LOG_RAW_API_BODIES makes them that large.',
    ]);
  });

  test('does not wait for a source that the user keeps out', () => {
    const noStatusLine = 'Unchanged, as you asked.';
    const settings = connectedSettings({}, { ...connection, noStatusLine });
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
      'hooks: local.json disables all hooks. Remove disableAllHooks from it.',
      'status line: local.json disables it. Remove disableAllHooks from it.',
    ]);
  });

  test('finds a status line of the project that stands before ours', () => {
    const ranked = withSettings('local.json', { statusLine: { type: 'command', command: 'mine' } });
    expect(toDo({ ranked })).toEqual([
      'status line: local.json sets another one, which overrides ours in this folder. Connect that one for this folder: npm run connect -- --scope project',
    ]);
  });

  test('finds a wrapper that is gone, an old Claude Code and a broken settings file', () => {
    expect(toDo({ wrapperExists: false })).toEqual([expect.stringContaining('Its script is missing')]);
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
      'Not found on the PATH. An IDE can bring its own.',
      'Goes elsewhere: local.json sets OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com. Without it, compactions and cost are less exact.',
    ]);
    expect(findings.some(({ state }) => state === 'wrong')).toBe(false);
  });
});
