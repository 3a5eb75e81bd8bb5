import { describe, expect, test } from 'vitest';
import { type Connection, connectedSettings, oursIn, sourcesOf } from './connected-settings.ts';
import { isOwn, type StatusLine } from './status-line.ts';

const connection: Connection = {
  collectorUrl: 'http://127.0.0.1:4318',
  receiverUrl: 'http://127.0.0.1:4319',
  wrapper: "/home/o'neil/.claude/ctxd/status-line.sh",
  conflicts: [],
};
const statusLineOf = (settings: object, more: Partial<Connection> = {}) =>
  connectedSettings({ ...settings }, { ...connection, ...more })['statusLine'];
const sentences = (settings: object, more: Partial<Connection> = {}) =>
  sourcesOf({ ...settings }, { ...connection, ...more }).map(({ sentence }) => sentence);

describe('the status line', () => {
  test('is wrapped, and keeps its quotes, its padding and everything else', () => {
    const statusLine = { type: 'command', command: `jq -r '"\\(.model.id)"'`, padding: 2 };
    expect(statusLineOf({ statusLine })).toEqual({
      type: 'command',
      command: `/bin/sh '/home/o'\\''neil/.claude/ctxd/status-line.sh' 'http://127.0.0.1:4319/claude-code/statusline' 'jq -r '\\''"\\(.model.id)"'\\'''`,
      padding: 2,
    });
  });

  test('from a settings file with lower precedence is wrapped, not replaced', () => {
    const inheritedStatusLine = { type: 'command', command: 'mine', refreshInterval: 5 };
    expect(statusLineOf({}, { inheritedStatusLine })).toMatchObject({
      command: expect.stringMatching(/ 'mine'$/),
      refreshInterval: 5,
    });
  });

  test('that is already wrapped in a settings file with lower precedence stays there', () => {
    const inheritedStatusLine = statusLineOf({});
    expect(statusLineOf({}, { inheritedStatusLine })).toBeUndefined();
  });

  test('of an unknown kind is left alone, and the summary says so', () => {
    expect(statusLineOf({ statusLine: { type: 'other' } })).toEqual({ type: 'other' });
    expect(sentences({ statusLine: { type: 'other' } })[2]).toMatch(/^Unchanged/);
  });

  test('is left alone when the user asks for it', () => {
    expect(statusLineOf({}, { noStatusLine: 'Unchanged, as you asked.' })).toBeUndefined();
  });

  test('is added where there is none, and the summary names the drawback', () => {
    expect(sentences({})[2]).toMatch(/that of ctxd is added.*fewer key hints.*--no-status-line/);
  });

  test('is replaced by that of ctxd only when the user asks for it', () => {
    const statusLine = { type: 'command', command: 'mine', padding: 2 };
    expect(sentences({ statusLine })[2]).toMatch(/Looks the same as before.*--replace-status-line/);
    const replaced = statusLineOf({ statusLine }, { replaceStatusLine: true });
    expect(replaced).toMatchObject({
      command: expect.stringMatching(/\/claude-code\/statusline'$/),
      padding: 2,
    });
    expect(isOwn(replaced as StatusLine)).toBe(true);
    expect(isOwn(statusLineOf({ statusLine }) as StatusLine)).toBe(false);
  });
});

describe('the status line of subagents', () => {
  test('is wrapped if there is one, but never added, because Claude Code warns that it is deprecated', () => {
    const subagentStatusLine = { type: 'command', command: 'mine' };
    expect(connectedSettings({ subagentStatusLine }, connection)['subagentStatusLine']).toEqual({
      type: 'command',
      command: expect.stringMatching(/^\/bin\/sh .*\/claude-code\/statusline' 'mine'$/),
    });
    expect(connectedSettings({}, connection)).not.toHaveProperty('subagentStatusLine');
  });
});

describe('hooks', () => {
  const command = `/bin/sh '/home/o'\\''neil/.claude/ctxd/status-line.sh' 'http://127.0.0.1:4319/claude-code/hooks' 'true'`;
  const ours = { hooks: [{ type: 'command', command, async: true, timeout: 5 }] };

  test('run in the background, so that Claude Code prints nothing, and only for events that no other source reports first', () => {
    expect(connectedSettings({}, connection)['hooks']).toEqual({
      SessionStart: [{ matcher: 'resume|fork', ...ours }],
      SessionEnd: [ours],
    });
  });

  test('with --nudge also run at each prompt, which waits for them, and are removed with the others', () => {
    const nudged = connectedSettings({}, { ...connection, nudge: true });
    expect(nudged['hooks']).toHaveProperty('UserPromptSubmit', [
      {
        hooks: [
          {
            type: 'command',
            command: `/bin/sh '/home/o'\\''neil/.claude/ctxd/status-line.sh' 'http://127.0.0.1:4319/v1/sessions' 'nudge'`,
            timeout: 1,
          },
        ],
      },
    ]);
    expect(oursIn(nudged, connection)).toContain('hooks.UserPromptSubmit');
    expect(connectedSettings(nudged, connection)['hooks']).not.toHaveProperty('UserPromptSubmit');
  });

  test('of an older connection are replaced, and other hooks stay', () => {
    const http = { type: 'http', url: 'http://127.0.0.1:4319/claude-code/hooks', timeout: 1 };
    const theirs = { hooks: [{ type: 'command', command: 'mine' }] };
    const hooks = {
      Stop: [theirs],
      PostCompact: [{ hooks: [http] }],
      SessionEnd: [{ hooks: [http] }, theirs],
    };
    expect(oursIn({ hooks }, connection)).toEqual(['hooks.PostCompact', 'hooks.SessionEnd']);
    expect(connectedSettings({ hooks }, connection)['hooks']).toEqual({
      Stop: [theirs],
      SessionStart: [expect.anything()],
      SessionEnd: [theirs, ours],
    });
  });
});

describe('a token', () => {
  const collectorTokenFile = "/home/o'neil/state/collector-token";
  const tokens = { ...connection, collectorTokenFile, receiverWantsToken: true };

  test('is referenced by its file, never written into the settings, and replaces an older reference', () => {
    const settings = connectedSettings({}, tokens);
    expect(settings).toMatchObject({
      otelHeadersHelper: `printf '{"Authorization":"Bearer %s"}' "$(cat '/home/o'\\''neil/state/collector-token')"`,
    });
    const moved = { ...tokens, collectorTokenFile: '/moved' };
    expect(connectedSettings(settings, moved)['otelHeadersHelper']).toContain("'/moved'");
    expect(oursIn(settings, connection)).toContain('otelHeadersHelper');
  });

  test('is announced with its location', () => {
    expect(sentences({}, tokens).slice(0, 2)).toEqual([
      expect.stringMatching(/:4318 with the token in \/home.*collector-token\.$/),
      expect.stringMatching(
        /:4319 with the token in CTXD_RECEIVER_TOKEN; set it where Claude Code starts, too\./,
      ),
    ]);
  });
});

describe('a source that cannot be connected', () => {
  test('names the variable that sends telemetry elsewhere, and both remedies', () => {
    const conflicts = [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://x:4317', where: 'your shell' }];
    expect(sentences({}, { conflicts })[0]).toBe(
      'Unchanged: your shell sets OTEL_EXPORTER_OTLP_ENDPOINT=http://x:4317. To see the telemetry here too, have that collector forward its logs and metrics to http://127.0.0.1:4318 (OTLP over HTTP), or remove the setting and connect again.',
    );
  });

  test('leaves the hooks out if Claude Code would ignore its settings because of them', () => {
    const noHooks = 'Left out: Claude Code 2.1.60 does not support them.';
    expect(connectedSettings({}, { ...connection, noHooks })).not.toHaveProperty('hooks');
    expect(sentences({}, { noHooks })[1]).toBe(noHooks);
  });
});

test('lists which of our settings a file contains', () => {
  expect(oursIn({ hooks: { SessionEnd: [null, { hooks: [null] }] } }, connection)).toEqual([]);
  expect(oursIn(connectedSettings({}, connection), connection)).toEqual([
    'hooks.SessionStart',
    'hooks.SessionEnd',
    'statusLine',
  ]);
});
