import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from './connected-settings.ts';
import { connected, disconnected } from './record.ts';
import { StackError } from '../../compose/system/stack-error.ts';

const connection: Connection = {
  collectorUrl: 'http://127.0.0.1:4318',
  receiverUrl: 'http://127.0.0.1:4319',
  wrapper: '/home/me/.claude/ctxd/status-line.sh',
  conflicts: [],
};
const connect = (text: string | undefined, more: Partial<Connection> = {}) =>
  connected('settings.json', text, { ...connection, ...more });

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** Settings that sometimes contain the names that we edit, with valid or invalid values. */
const settings = fc.dictionary(fc.string(), fc.jsonValue()).chain((others) =>
  fc
    .record(
      {
        env: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
        hooks: fc.dictionary(
          fc.constantFrom('SessionStart', 'PostCompact', 'SessionEnd', 'Stop'),
          fc.array(fc.jsonValue()),
        ),
        statusLine: fc.oneof(
          fc.record({ type: fc.constant('command'), command: fc.string(), padding: fc.nat() }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    .map((ours): object => Object.assign({}, others, ours)),
);
const text = fc
  .tuple(settings, fc.constantFrom('', ' ', '  ', '\t'), fc.constantFrom('', '\n', '\r\n', '  \n\n'))
  .map(([value, indent, end]) => JSON.stringify(value, null, indent) + end);

describe('connecting a settings file', () => {
  test('adds telemetry, hooks and a status line to an empty one', () => {
    const { after } = connect(undefined);
    const command =
      "/bin/sh '/home/me/.claude/ctxd/status-line.sh' 'http://127.0.0.1:4319/claude-code/hooks' 'true'";
    const hook = { hooks: [{ type: 'command', command, async: true, timeout: 5 }] };
    expect(JSON.parse(after)).toEqual({
      env: {
        CLAUDE_CODE_ENABLE_TELEMETRY: '1',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
        OTEL_LOGS_EXPORT_INTERVAL: '1000',
      },
      hooks: { SessionStart: [{ matcher: 'resume|fork', ...hook }], SessionEnd: [hook] },
      statusLine: {
        type: 'command',
        command:
          "/bin/sh '/home/me/.claude/ctxd/status-line.sh' 'http://127.0.0.1:4319/claude-code/statusline'",
      },
    });
  });

  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(text, (before) => {
        const { after } = connectedOrSame(before);
        expect(connectedOrSame(after).after).toBe(after);
      }),
    );
  });

  test('restores the exact bytes when nothing else has changed', () => {
    fc.assert(
      fc.property(text, (before) => {
        const record = connectedOrSame(before);
        expect(disconnected(record.after, record)).toBe(before);
      }),
    );
  });

  test.each(['', ' \n', '\uFEFF', '{ \n }', '{"hooks": { }, "env": {\n\n}}'])(
    'restores %j exactly',
    (before) => {
      const record = connect(before);
      expect(disconnected(record.after, record)).toBe(before);
    },
  );

  test('keeps later changes, whatever formatting the file was written with', () => {
    fc.assert(
      fc.property(text, json, fc.constantFrom('', '  ', '\t'), (before, theirs, indent) => {
        const record = connectedOrSame(before);
        const since = { 'their own': theirs, ...(JSON.parse(record.after) as object) };
        const left = disconnected(JSON.stringify(since, null, indent), record) ?? '{}';
        expect(JSON.parse(left)).toEqual({ 'their own': theirs, ...(JSON.parse(before) as object) });
      }),
    );
  });

  test('restores the file byte for byte around an edit made since', () => {
    const before = '{\n  "model": "opus",\n  "statusLine": {"type":"command", "command": "caf\\u00e9"}\n}\n';
    const record = connect(before);
    const since = record.after
      .replace('"opus"', '"sonnet"')
      .replace('"timeout": 5\n          }\n        ]\n      }\n    ]\n  }\n}', (end) =>
        end.replace(/\n\}$/, ',\n  "theme": "dark"\n}'),
      );
    expect(disconnected(since, record)).toBe(
      before.replace('"opus"', '"sonnet"').replace(/\n\}\n$/, ',\n  "theme": "dark"\n}\n'),
    );
  });

  test("keeps the user's own variables and hooks among ours", () => {
    const record = connect('{"env": {"A": "1"}, "hooks": {"SessionEnd": [{"hooks": []}]}}');
    const { env, hooks } = JSON.parse(record.after) as { env: object; hooks: { SessionEnd: unknown[] } };
    expect(env).toMatchObject({ A: '1', OTEL_LOGS_EXPORTER: 'otlp' });
    expect(hooks.SessionEnd).toHaveLength(2);
  });

  test('removes a file that connecting created', () => {
    const record = connect(undefined);
    expect(disconnected(record.after, record)).toBeUndefined();
    expect(disconnected(JSON.stringify(JSON.parse(record.after)), record)).toBeUndefined();
    const since = { ...(JSON.parse(record.after) as object), theme: 'dark' };
    expect(JSON.parse(disconnected(JSON.stringify(since), record) ?? '')).toEqual({ theme: 'dark' });
  });

  test('leaves telemetry that goes elsewhere alone', () => {
    const conflicts = [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://x', where: 'your shell' }];
    expect(JSON.parse(connect('{}', { conflicts }).after)).not.toHaveProperty('env');
  });

  test('refuses a name that appears twice in one object', () => {
    expect(() => connect('{"env": {}, "env": {"A": "1"}}')).toThrow('has the same name twice in one object');
  });

  test.each([
    ['{"env": []}', 'Expected `env` to be an object, got an array'],
    ['{"hooks": "x"}', 'Expected `hooks` to be an object, got "x" (string)'],
    ['{"hooks": {"SessionEnd": {}}}', 'Expected `hooks.SessionEnd` to be an array, got {} (object)'],
    ['[]', 'settings.json does not contain a JSON object.'],
  ])('refuses %s with the name, the rule and the value', (before, sentence) => {
    expect(() => connect(before)).toThrow(sentence);
  });
});

/** Connects a file's text. A text that cannot be connected stays as it is. */
function connectedOrSame(before: string) {
  try {
    return connect(before);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return { path: 'settings.json', before, after: before };
  }
}
