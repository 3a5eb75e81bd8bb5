import { expect, test, vi } from 'vitest';
import { dockerProblem } from '../compose/runtime/docker/docker-problem.ts';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { connectionFrom } from '../scripts/reach/connection.ts';
import { ctxd } from './ctxd-command.ts';
import { start } from './both-runtimes.ts';
import { endOf } from './claude-code-home.ts';
import { isolatedClaudeCode, type LiveSession, type PrintedResult } from './claude-code-client.ts';
import { claudeCodeClient } from './claude-code-packages.ts';
import { stackCommands } from './stack-commands.ts';

const problem = await dockerProblem(process.env);
const client = problem === undefined ? await claudeCodeClient() : { missing: problem.reason };
const missing = 'missing' in client ? ` (skipped: ${client.missing})` : '';

test.skipIf('missing' in client)(
  `In Docker, exactly the running sessions of the real Claude Code are live, with their figures${missing}`,
  { timeout: 300_000 },
  async () => {
    if ('missing' in client) return;
    await using claude = await isolatedClaudeCode(client.command, ({ lastWords }) => ({
      usage: { input: 1_000, cacheRead: 50_000 },
      afterMillis: Number(/WAIT(\d+)/.exec(lastWords)?.[1] ?? 0),
    }));
    await using stack = await stackCommands('docker', { CLAUDE_CONFIG_DIR: `${claude.home}/.claude` });
    expect((await start(stack)).exitCode).toBe(0);
    const { CTXD_RECEIVER_PORT = '', CTXD_COLLECTOR_PORT = '', CTXD_STATE_DIR = '' } = stack.env;
    await claude.call('connect', ['--yes'], { CTXD_RECEIVER_PORT, CTXD_COLLECTOR_PORT, CTXD_STATE_DIR });
    const live = async () => {
      const answer = await fetchFrom((await connectionFrom({}, stack.env)).receiver, '/v1/sessions');
      return ((await answer.json()) as { sessions: LiveSession[] }).sessions;
    };
    const expectLive = (...sessions: readonly Partial<LiveSession>[]) =>
      vi.waitFor(async () => expect(await live()).toMatchObject(sessions), {
        timeout: 15_000,
        interval: 100,
      });

    const told = await endOf(claude.start(['-p', '--output-format', 'json', 'hello']));
    const { session_id: id } = JSON.parse(told.stdout) as PrintedResult;
    await expectLive();
    const killed = claude.start(['-p', '--resume', id, 'WAIT100000']);
    await expectLive({ id, tokensUsed: 51_000, project: 'shop' });
    killed.kill('SIGKILL');
    await killed.exited;
    await expectLive();
    const untold = claude.start(['-p', '--bare', '--resume', id, 'WAIT2000']);
    await expectLive({ id, tokensUsed: 51_000 });
    await untold.exited;
    await expectLive();

    const fresh = claude.start(['-p', '--name', 'just started', 'WAIT100000']);
    await vi.waitFor(
      async () =>
        expect((await ctxd(['sessions'], stack.env)).stdout).toMatch(/^just started .* no figure yet /m),
      { timeout: 15_000, interval: 500 },
    );
    fresh.kill('SIGKILL');
    await fresh.exited;
    const none = 'No live sessions. Past ones: npm run sessions -- --all\n';
    await vi.waitFor(async () => expect((await ctxd(['sessions'], stack.env)).stdout).toBe(none), 45_000);
  },
);
