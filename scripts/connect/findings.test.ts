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
/** A session that started after connecting and has made requests, with the time of each source's last report. */
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
  test('finds nothing to do when the status line and telemetry arrive, because hooks rarely report', () => {
    expect(toDo({})).toEqual([]);
  });

  test('says to connect when nothing is connected', () => {
    expect(toDo({ ranked: [{ path: 'user.json', settings: {} }] })).toEqual([
      'telemetry: Off. npm run connect',
      'hooks: Not connected. npm run connect',
      'status line: Not connected. npm run connect',
    ]);
  });

  test('says to start the stack for each part that does not answer', () => {
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

  test('finds a receiver that requires a different token', () => {
    expect(toDo({ receiver: { isUp: true, reports: undefined } })).toEqual([
      "receiver: Requires a token, but CTXD_RECEIVER_TOKEN is missing or wrong. Set CTXD_RECEIVER_TOKEN to the receiver's token, here and where Claude Code starts.",
    ]);
  });

  test('finds the hooks of an older connection', () => {
    const hooks = {
      SessionEnd: [{ hooks: [{ type: 'http', url: 'http://127.0.0.1:4319/claude-code/hooks' }] }],
    };
    expect(toDo({ ranked: withSettings('local.json', { hooks }) })).toEqual([
      'hooks: Left from an older connection; they print errors while the stack is down. npm run connect',
    ]);
  });

  test('finds a collector token that is not sent or is refused', () => {
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

  test('finds nothing to do right after connecting, with or without older sessions', () => {
    expect(toDo({ receiver: { isUp: true, reports: heard() } })).toEqual([]);
    expect(
      toDo({ ...oneRunning({ startedAtMillis: 1 }), receiver: { isUp: true, reports: heard() } }),
    ).toEqual([]);
    expect(notes({ receiver: { isUp: true, reports: heard() } })).toEqual([
      'Nothing has arrived from statusline yet. The next Claude Code session will report.',
      'Nothing has arrived from otlp yet. The next Claude Code session will report.',
    ]);
  });

  test.each([
    [
      'transcript',
      [
        'arrivals: Nothing has arrived from statusline yet. Trust the folder in Claude Code; it runs status lines only in trusted folders.',
        'arrivals: Nothing has arrived from otlp yet. Start a new Claude Code session; it reads the telemetry settings only when it starts.',
      ],
    ],
    ['statusline', [expect.stringContaining('Nothing has arrived from otlp yet.')]],
  ])(
    'finds a source that is silent although a session makes requests (only %s reports)',
    (source, expected) => {
      const { running, receiver } = oneRunning({});
      expect(toDo({ running, receiver: { ...receiver, reports: heard(source) } })).toEqual(expected);
    },
  );

  test.each([
    [{ commandLine: 'claude --bare -p hello' }, 'it runs with --bare, which ignores the settings'],
    [
      { commandLine: '/usr/bin/claude --restricted' },
      'it runs with --restricted, which ignores the settings',
    ],
    [
      { commandLine: 'claude -p --setting-sources  --verbose', entrypoint: 'sdk-py' },
      'it runs without the user settings (--setting-sources, or `settingSources` in the SDK)',
    ],
    [{ entrypoint: 'sdk-ts' }, "the SDK reads no settings unless `settingSources` includes 'user'"],
    [
      { startedAtMillis: 999 },
      'it started before Claude Code was connected, and it reads the telemetry settings only when it starts',
    ],
  ])('names each running session that does not report, with the reason (%j)', (session, reason) => {
    expect(notes(oneRunning(session, { transcript: 5 }))).toEqual([
      `fix login (abcdefgh) does not report: ${reason}. Its figures come from its transcript.`,
    ]);
    expect(notes(oneRunning(session, { otlp: 5 }))).toEqual([]);
  });

  test('notes telemetry that was refused as too large', () => {
    const [statusline, otlp] = heard('statusline', 'otlp');
    const reports = [statusline!, { ...otlp!, ignored: { too_large: 3 } }];
    expect(notes({ receiver: { isUp: true, reports } })).toEqual([
      'OTLP batches refused for exceeding 16 MiB since the receiver started: 3. OTEL_LOG_RAW_API_BODIES makes them this large.',
    ]);
  });

  test('expects no reports from a source that the user left out', () => {
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

  test('finds the file that disables hooks and status line', () => {
    expect(toDo({ ranked: withSettings('local.json', { disableAllHooks: true }) })).toEqual([
      'hooks: local.json disables all hooks. Remove disableAllHooks from it.',
      'status line: local.json disables it. Remove disableAllHooks from it.',
    ]);
  });

  test("finds a project's status line that overrides ours", () => {
    const ranked = withSettings('local.json', { statusLine: { type: 'command', command: 'mine' } });
    expect(toDo({ ranked })).toEqual([
      'status line: local.json sets another one, which overrides ours in this folder. Connect the one in this folder: npm run connect -- --scope project',
    ]);
  });

  test('finds a missing script, an old Claude Code and a broken settings file', () => {
    expect(toDo({ wrapperExists: false })).toEqual([expect.stringContaining('Its script is missing')]);
    expect(toDo({ isWrapperOld: true })).toEqual([
      'status line: Its script is older than this stack, which may refuse what it sends. npm run connect',
    ]);
    expect(toDo({ version: '2.1.9' })).toEqual([expect.stringContaining('2.1.9 is too old')]);
    expect(toDo({ broken: ['x.json:1:2: not valid JSON.\nCorrect it.'] })).toEqual([
      'settings: x.json:1:2: not valid JSON. Correct it.',
    ]);
  });

  test('only notes what needs no action', () => {
    const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' };
    const findings = findingsOf({
      ...well,
      version: undefined,
      ranked: withSettings('local.json', { env: elsewhere }),
    });
    expect(findings.filter(({ state }) => state === 'note').map(({ sentence }) => sentence)).toEqual([
      'Not found on the PATH. An IDE may have its own.',
      'Goes elsewhere: local.json sets OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com. Without it, compactions and cost are less exact.',
    ]);
    expect(findings.some(({ state }) => state === 'wrong')).toBe(false);
  });
});
