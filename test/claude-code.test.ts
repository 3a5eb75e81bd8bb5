import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { endOf } from './claude-code-home.ts';
import { connectedClaudeCode, type LiveSession, type PrintedResult } from './claude-code-client.ts';
import { agentSdk, claudeCodeClient } from './claude-code-packages.ts';
import type { ModelRequest } from './model-api.ts';
import { hasTmux, openTerminal, type Terminal } from './tmux.ts';

const client = await claudeCodeClient();
const command = 'command' in client ? client.command : '';
const missing = 'missing' in client ? ` (${client.missing})` : '';
const sdk = command === '' ? { missing: 'Claude Code is missing' } : await agentSdk();
const sdkModule = 'module' in sdk ? sdk.module : '';
const missingSdk = 'missing' in sdk ? ` (${sdk.missing})` : '';

/** `FILL` in a prompt fills 91 % of 200,000 tokens; `WAIT<milliseconds>` delays the answer; `SPAWN` starts a subagent, and `SPAWN<milliseconds>` a slow one. */
const script = ({ lastWords, tools }: ModelRequest) => ({
  usage: { input: 1_000, cacheRead: lastWords.includes('FILL') ? 181_000 : 50_000 },
  afterMillis: Number(/WAIT(\d+)/.exec(lastWords)?.[1] ?? 0),
  ...(lastWords.includes('SPAWN') && tools.includes('Agent') && { tool: subagent(lastWords) }),
});
const subagent = (prompt: string) => ({
  name: 'Agent',
  input: {
    description: 'look around',
    prompt: `look WAIT${/SPAWN(\d+)/.exec(prompt)?.[1] ?? 0}`,
    subagent_type: 'general-purpose',
  },
});

/** Long enough for a busy machine; only a wrong figure waits as long. */
const patienceMillis = 60_000;

let claude: Awaited<ReturnType<typeof connectedClaudeCode>>;

/** Waits until exactly these sessions are live. */
const expectLive = (ids: readonly string[]) =>
  vi.waitFor(
    async () => expect((await claude.sessions()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted()),
    { timeout: patienceMillis, interval: 100 },
  );
const liveSession = async (id: string) => (await claude.sessions()).find((session) => session.id === id);
/** Waits until a live session has these figures. */
const expectSession = (id: string, figures: Partial<LiveSession>) =>
  vi.waitFor(async () => expect(await liveSession(id)).toMatchObject(figures), {
    timeout: patienceMillis,
    interval: 50,
  });
/** A new session id in the form that Claude Code accepts. */
const newId = () => crypto.randomUUID();

describe.skipIf(command === '')(`the real Claude Code${missing}`, { timeout: 4 * patienceMillis }, () => {
  beforeAll(async () => {
    claude = await connectedClaudeCode(command, script);
  });
  afterAll(async () => claude?.[Symbol.asyncDispose]());

  test.each([
    'claude-haiku-4-5',
    'claude-haiku-5-5',
    'claude-sonnet-4-6',
    'claude-sonnet-4-5[1m]',
    'claude-sonnet-5',
    'claude-opus-4-6',
    'claude-opus-4-6[1m]',
    'claude-opus-4-7',
    'claude-opus-5-5',
    'claude-fable-5',
    'us.anthropic.claude-opus-4-7-v1',
    'some-model-of-tomorrow',
  ])('has the window that we show, in a headless run: %s', async (model) => {
    const { session_id, modelUsage } = await claude.print(['--model', model, 'hello']);
    const { contextWindow } = Object.values(modelUsage)[0]!;
    await expectSession(session_id, { tokensUsed: 51_000, windowTokens: contextWindow });
  });

  test('has the window that we show where the settings of the project disable the large one', async () => {
    // Not the folder of the other tests, whose settings the receiver has read already.
    const folder = join(claude.folder, '../small');
    const settings = join(folder, '.claude/settings.local.json');
    await mkdir(join(folder, '.claude'), { recursive: true });
    await writeFile(settings, '{"env":{"CLAUDE_CODE_DISABLE_1M_CONTEXT":"1"}}');
    const id = newId();
    const session = ['--session-id', id, '--output-format', 'json', '--model', 'claude-fable-5'];
    const printed = endOf(claude.start(['-p', ...session, 'SPAWN3000'], { folder }));
    await expectSession(id, { tokensUsed: 51_000, windowTokens: 200_000 });
    const { modelUsage } = JSON.parse((await printed).stdout) as PrintedResult;
    expect(modelUsage['claude-fable-5']!.contextWindow).toBe(200_000);
  });

  test('reports the context and the end of each run, whether it takes a moment or two seconds', async () => {
    for (const prompt of ['hello', 'WAIT2000']) {
      const { session_id } = await claude.print([prompt]);
      await expectSession(session_id, { tokensUsed: 51_000, project: 'shop' });
      await expectLive([]);
    }
  });

  test('shows a session before its first request is answered', async () => {
    const id = newId();
    const child = claude.start(['-p', '--session-id', id, 'WAIT3000']);
    await expectSession(id, { tokensUsed: null, project: 'shop' });
    await expectSession(id, { tokensUsed: 51_000 });
    await child.exited;
    await expectLive([]);
  });

  test('reads with connect --nudge, once, that its window is full, and not without the receiver', async () => {
    const sentence = 'The context window is 91 % full (18k tokens left). Save a checkpoint of your work';
    const isNudged = ({ lastWords }: ModelRequest) => lastWords.includes(sentence);
    const nudges = () => claude.model.requests.filter(isNudged).length;
    const prompt = async (...args: string[]) => await claude.print([...args, '--model', 'claude-haiku-4-5']);
    await claude.call('connect', ['--yes', '--nudge'], claude.ports);
    // A sentence that the receiver cannot say within 30 ms waits for the next prompt; a busy machine would never get one.
    const wrapper = join(claude.home, '.claude/ctxd/status-line.sh');
    await writeFile(wrapper, (await claude.read(wrapper)).replace('--max-time 0.03', '--max-time 60'));
    const { session_id } = await prompt('FILL it');
    await expectSession(session_id, { tokensUsed: 182_000 });
    expect(nudges()).toBe(0);
    await prompt('FILL it again', '--resume', session_id);
    await prompt('FILL it a third time', '--resume', session_id);
    expect(nudges()).toBe(1);
    await claude.stopReceiver();
    await prompt('FILL it without a receiver', '--resume', session_id);
    await claude.startReceiver();
    expect(nudges()).toBe(1);
    await claude.call('connect', ['--yes', '--no-nudge'], claude.ports);
    expect(await claude.read()).not.toContain('nudge');
  });

  test('counts one compaction, and the tokens that it saved', async () => {
    const { session_id } = await claude.print(['hello']);
    await claude.run(['-p', '--resume', session_id, '/compact']);
    await vi.waitFor(
      async () => {
        const { checkpointCount, tokensSaved } = (await liveSession(session_id))!;
        expect(checkpointCount).toBe(1);
        expect(tokensSaved).toBeGreaterThan(45_000);
        expect(tokensSaved).toBeLessThanOrEqual(51_000);
      },
      { timeout: patienceMillis },
    );
  });

  test('keeps the id of a resumed session, and gives a fork a new one', async () => {
    const { session_id: parent } = await claude.print(['hello']);
    await expectLive([]);
    const resumed = claude.print(['--resume', parent, 'WAIT2000']);
    await expectSession(parent, { tokensUsed: 51_000 });
    expect((await resumed).session_id).toBe(parent);
    const { session_id: child } = await claude.print(['--resume', parent, '--fork-session', 'hello']);
    expect(child).not.toBe(parent);
    await expectSession(child, { tokensUsed: 51_000, checkpointCount: 0 });
  });

  test('reports the main repository as the project of a worktree', async () => {
    const git = (...args: string[]) =>
      runCommand('git', ['-C', claude.folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    await git('init', '--quiet');
    await git('commit', '--quiet', '--allow-empty', '--message', 'start');
    const id = newId();
    const child = claude.start(['-p', '--worktree', 'fix', '--session-id', id, 'WAIT1500']);
    await expectSession(id, { project: 'shop', tokensUsed: 51_000 });
    await child.exited;
  });

  test('compacts where the argument, the project settings or the model say', async () => {
    const settings = join(claude.folder, '.claude/settings.local.json');
    await mkdir(join(claude.folder, '.claude'), { recursive: true });
    await writeFile(settings, '{"autoCompactWindow":150000}');
    for (const [args, compactionThresholdTokens] of [
      [['--autocompact', '120000'], 87_000],
      [['--autocompact', 'auto'], 167_000],
      [[], 117_000],
    ] as const) {
      const id = newId();
      const child = claude.start([
        '-p',
        '--session-id',
        id,
        '--model',
        'claude-haiku-4-5',
        ...args,
        'SPAWN9000',
      ]);
      await expectSession(id, { compactionThresholdTokens });
      child.kill('SIGKILL');
    }
    await rm(settings);
  });

  test("keeps a subagent's context out of the session's", async () => {
    const { session_id } = await claude.print(['SPAWN']);
    await expectSession(session_id, { tokensUsed: 51_000 });
    expect(JSON.stringify(await liveSession(session_id))).toMatch(/"name":"general-purpose","tokensUsed":51/);
  });

  test('sends only hooks and session files that the receiver knows', async () => {
    const { hook, process } = await claude.ignored();
    expect(hook).not.toHaveProperty('unknown_event');
    expect(process).toEqual({});
  });

  describe('ends', () => {
    const bystander = newId();
    let other: ChildProcess;
    beforeAll(async () => {
      other = claude.start(['-p', '--session-id', bystander, 'WAIT200000']);
      await expectSession(bystander, {});
    });
    afterAll(() => void other?.kill('SIGKILL'));

    const signal = (name: NodeJS.Signals) => (child: ChildProcess) => void child.kill(name);
    const byItself = () => {};
    test.each([
      ['cleanly', [], {}, byItself],
      ['by kill -9', [], {}, signal('SIGKILL')],
      ['by SIGTERM', [], {}, signal('SIGTERM')],
      ['by Ctrl-C', [], {}, signal('SIGINT')],
      ['with --bare', ['--bare'], {}, byItself],
      ['with --bare, by kill -9', ['--bare'], {}, signal('SIGKILL')],
      ['with --restricted', ['--restricted'], {}, byItself],
      ['with --safe-mode', ['--safe-mode'], {}, byItself],
      ['without settings', ['--setting-sources='], {}, byItself],
      ['without a transcript', ['--no-session-persistence'], {}, byItself],
      ['without a transcript, by kill -9', ['--no-session-persistence'], {}, signal('SIGKILL')],
    ] as [string, string[], Record<string, string>, (child: ChildProcess) => void][])(
      '%s, and only running sessions are live',
      async (_, args, env, end) => {
        const id = newId();
        const child = claude.start(['-p', ...args, '--session-id', id, 'WAIT2500'], { env });
        await expectLive([bystander, id]);
        end(child);
        await child.exited;
        await expectLive([bystander]);
      },
    );

    test.skipIf(sdkModule === '').each([
      ['cleanly', byItself],
      ['by kill -9', signal('SIGKILL')],
    ] as [string, (child: ChildProcess) => void][])(
      `in the Agent SDK without settings, %s, and only running sessions are live${missingSdk}`,
      async (_, end) => {
        const id = newId();
        const program = join(import.meta.dirname, 'agent-sdk-session.ts');
        const args = [program, sdkModule, command, id, 'WAIT2500'];
        const child = claude.start(args, { program: process.execPath });
        await expectLive([bystander, id]);
        end(child);
        await child.exited;
        await expectLive([bystander]);
      },
    );

    test.each(['SIGKILL', 'SIGTERM'] as const)(
      'while the receiver is down, by %s, and only running sessions are live',
      async (name) => {
        const id = newId();
        const child = claude.start(['-p', '--session-id', id, 'WAIT100000']);
        await expectLive([bystander, id]);
        await claude.stopReceiver();
        child.kill(name);
        await child.exited;
        await claude.startReceiver();
        await expectLive([bystander]);
      },
    );

    test('returns when resumed, ignores a late end of the former process, and ends by kill -9', async () => {
      const { session_id } = await claude.print(['hello']);
      await expectLive([bystander]);
      const child = claude.start(['-p', '--resume', session_id, 'WAIT100000']);
      await expectLive([bystander, session_id]);
      await claude.hook({ session_id, hook_event_name: 'SessionEnd', reason: 'other' });
      const until = Date.now() + 5_000;
      while (Date.now() < until) {
        expect(await liveSession(session_id)).toMatchObject({ tokensUsed: 51_000 });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      child.kill('SIGKILL');
      await expectLive([bystander]);
    });
  });

  describe.skipIf(!hasTmux)('in a terminal (needs tmux)', () => {
    // During `/clear`, the spinner can show `running SessionEnd hook` for a moment.
    const noise = /(?<!running SessionEnd )hook|failed|error|ECONNREFUSED|completed|deprecated/i;

    /** Chats with Claude Code, compacts, resumes and exits. Returns everything that the terminal showed. */
    const talk = async (terminal: Terminal) => {
      const shown: string[] = [];
      const say = async (text: string, reply: string | RegExp) => {
        await terminal.press('-l', text);
        await terminal.expectShown(text);
        await terminal.press('Enter');
        shown.push(await terminal.expectShown(reply));
      };
      const start = async (args: string) => {
        await terminal.enter(`clear; cd ${claude.folder}; ${command} ${args}`);
        shown.push(await terminal.expectShown(/^❯/m));
      };
      await start('');
      await say('hello', '● ok');
      await say('/compact', 'Compacted');
      await say('/exit', /claude --resume [^]*^[$#]$/m);
      await start('--continue');
      await say('hello again', /hello again\n\n● ok/);
      await say('/clear', /^❯\s*$/m);
      await say('/exit', /^[$#]$/m);
      await terminal.enter(`clear; ${command} -p hello </dev/null; echo done`);
      shown.push(await terminal.expectShown(/^done/m));
      return shown.join('\n');
    };

    test('prints nothing about hooks, whether the stack is up or down', async () => {
      await using terminal = await openTerminal({ columns: 150, rows: 45, env: claude.env });
      expect(await talk(terminal)).not.toMatch(noise);
      await claude.stopReceiver();
      expect(await talk(terminal)).not.toMatch(noise);
      await claude.startReceiver();
    });
  });
});
