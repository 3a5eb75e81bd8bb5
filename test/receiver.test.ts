import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { receiverMetrics, sessionMetrics } from 'koa-context-window';
import {
  reportsOf,
  rightFigures,
  script,
  start,
} from '../instrumentation/src/receiver/cases/scripted-session.ts';
import { startBackend, type Backend } from './backend.ts';
import { claudeCode, type ClaudeCode } from './claude-code-session.ts';
import { bySession, query, waitForAnswer } from './promql.ts';

const tokens = sessionMetrics.contextTokens.name;
const percent = sessionMetrics.contextUsagePercent.name;
const only = (metric: string, id: string, more = '') => `${metric}{session_id="${id}"${more}}`;

let backend: Backend;
let claude: ClaudeCode;

beforeAll(async () => {
  backend = await startBackend({ withReceiver: true });
  claude = claudeCode(backend.urls);
}, 900_000);

afterAll(async () => backend?.[Symbol.asyncDispose]());

const expectAnswer = (expr: string, value: number) =>
  waitForAnswer(backend, expr, (samples) => samples.length === 1 && samples[0]?.value === value);
const expectGone = (id: string) =>
  waitForAnswer(backend, only(tokens, id), (samples) => samples.length === 0);

/** A session's counters: checkpoints, tokens saved, crossings of both thresholds. */
async function countersOf(id: string): Promise<number[]> {
  const { checkpoints, tokensSaved, threshold70, threshold90 } = sessionMetrics;
  const metrics = [checkpoints, tokensSaved, threshold70, threshold90];
  const answers = await Promise.all(metrics.map(({ name }) => bySession(backend, only(name, id))));
  return answers.map((answer) => answer[id] ?? Number.NaN);
}

describe('a day of five sessions', () => {
  test('is exact at every step, whatever the source', async () => {
    // One reports by status line; only the id of its model reveals the large window.
    await claude.statusline('large', { tokensUsed: 600_000, model: 'claude-opus-4-8', name: 'Refactor' });
    await expectAnswer(only(percent, 'large'), 60);
    await expectAnswer(
      only(
        receiverMetrics.sessionInfo.name,
        'large',
        ',session_name="Refactor",project="api",source="statusline",window_source="model"',
      ),
      1,
    );
    await expectAnswer(only(receiverMetrics.compactionThreshold.name, 'large'), 967_000);

    // One reports by events; its subagents and background requests do not use its window.
    await claude.request('small', { tokensUsed: 100_000, cost: 0.25 });
    await expectAnswer(only(tokens, 'small'), 100_000);
    await claude.request('small', { tokensUsed: 30_000, agent: 'Explore', cost: 0.5 });
    await claude.request('small', { tokensUsed: 900, querySource: 'generate_session_title' });
    await claude.request('small', { tokensUsed: 182_000 });
    await expectAnswer(only(tokens, 'small'), 182_000);
    await expectAnswer(only(receiverMetrics.subagentContextTokens.name, 'small', ',agent="Explore"'), 30_000);
    await expectAnswer(only(receiverMetrics.sessionCost.name, 'small'), 0.75);
    expect(await countersOf('small')).toEqual([0, 0, 1, 1]);

    // It is compacted: the hook and the event both report it, and it is one checkpoint.
    await claude.hook('small', { hook_event_name: 'PostCompact', trigger: 'auto' });
    await claude.compaction('small', { before: 183_000, after: 23_000 });
    await expectAnswer(only(tokens, 'small'), 23_000);
    expect(await countersOf('small')).toEqual([1, 160_000, 1, 1]);
    await expectAnswer(only(receiverMetrics.compactionThreshold.name, 'small'), 183_000);
    await claude.request('small', { tokensUsed: 145_000 });
    await expectAnswer(only(percent, 'small'), 72.5);
    expect(await countersOf('small')).toEqual([1, 160_000, 2, 1]);

    // One is cleared: its successor is a new session.
    await claude.statusline('cleared', { tokensUsed: 120_000 });
    await expectAnswer(only(percent, 'cleared'), 60);
    await claude.hook('cleared', { hook_event_name: 'SessionEnd', reason: 'clear' });
    await claude.statusline('successor', { tokensUsed: 14_000 });
    await expectAnswer(only(tokens, 'successor'), 14_000);
    await expectGone('cleared');

    // One ends before its event arrives, as with `claude -p`: it is seen all the same, and then it is gone.
    await claude.request('brief', { tokensUsed: 43_000 });
    await claude.hook('brief', { hook_event_name: 'SessionEnd', reason: 'other' });
    await expectAnswer(`max_over_time(${only(tokens, 'brief')}[1m])`, 43_000);
    await expectGone('brief');

    // One is resumed: its sequence restarts, and the session continues.
    await claude.request('resumed', { tokensUsed: 80_000, sequence: 500 });
    await expectAnswer(only(tokens, 'resumed'), 80_000);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await claude.request('resumed', { tokensUsed: 81_000, sequence: 1 });
    await expectAnswer(only(tokens, 'resumed'), 81_000);

    expect(await bySession(backend, tokens)).toEqual({
      large: 600_000,
      small: 145_000,
      successor: 14_000,
      resumed: 81_000,
    });
  });
});

describe('Claude Code’s own metrics', () => {
  test('sent as differences are stored as sums', async () => {
    for (const value of [3, 4]) await claude.deltaMetric('claude_code.cost.usage', value);
    await expectAnswer('{__name__=~"claude_code_cost_usage.*"}', 7);
  });
});

describe('a report', () => {
  test('of a status line is visible to PromQL', async () => {
    await claude.statusline('quick', { tokensUsed: 50_000 });
    await expectAnswer(only(percent, 'quick'), 25);
  });

  test('sent by a web page changes nothing', async () => {
    const response = await fetch(`${backend.urls.receiver}/v1/sessions/forged/usage`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: '{"tokensUsed":1}',
    });
    expect(response.status).toBe(403);
  });

  test('with unknown content is counted', async () => {
    await claude.hook('odd', { hook_event_name: 'Telepathy' });
    const labels = '{source="hook",reason="unknown_event"}';
    await expectAnswer(`${receiverMetrics.ignored.name}${labels}`, 1);
  });
});

describe('a receiver that restarts', () => {
  test('continues its sessions, and counts no crossing and no compaction twice', async () => {
    await claude.statusline('durable', { tokensUsed: 150_000 });
    await claude.hook('durable', { hook_event_name: 'PostCompact', trigger: 'manual' });
    await expectAnswer(only(sessionMetrics.checkpoints.name, 'durable'), 1);
    await backend.stop('receiver');
    await expectGone('durable');
    await backend.start('receiver');
    await expectAnswer(only(percent, 'durable'), 75);
    await claude.statusline('durable', { tokensUsed: 30_000 });
    await expectAnswer(only(tokens, 'durable'), 30_000);
    expect(await countersOf('durable')).toEqual([1, 120_000, 1, 0]);
    await expectAnswer(`increase(${only(sessionMetrics.threshold70.name, 'durable')}[5m])`, 1);
  });

  test('receives the events sent while it was stopped', async () => {
    await claude.request('patient', { tokensUsed: 10_000 });
    await expectAnswer(only(tokens, 'patient'), 10_000);
    await backend.stop('receiver');
    await claude.request('patient', { tokensUsed: 20_000 });
    await backend.start('receiver');
    await expectAnswer(only(tokens, 'patient'), 20_000);
  });
});

describe('scripted sessions', () => {
  test('end in the right figures, whatever the order, repetition and delay of their events', async () => {
    const seed = Date.now();
    const shares = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { seed, numRuns: 4_000 });
    const some = () => shares.pop() ?? 0;
    const scripts = fc
      .sample(script, { seed, numRuns: 60 })
      .map((steps, index) => ({ id: `scripted-${index}`, steps }))
      .filter(({ steps }) => steps.some(({ kind }) => kind !== 'resume'));
    const posts = scripts.flatMap(({ id, steps }) => {
      // The last step is up to 8 minutes old, and none is older than 10.
      const agoMillis = 110_000 + some() * 480_000;
      return reportsOf(steps, Date.now() - agoMillis - start, id)
        .filter(({ report }) => report.source === 'otlp' || (report.source === 'hook' && some() < 0.5))
        .flatMap((delivery) => (some() < 0.3 ? [delivery, delivery] : [delivery]))
        .map(({ report }) => ({ report, place: some() }));
    });
    for (const { report } of posts.toSorted((one, other) => one.place - other.place))
      await claude.report(report);
    const { contextTokens, checkpoints, tokensSaved, threshold70, threshold90 } = sessionMetrics;
    const right = scripts.map(({ id, steps }) => ({ id, ...rightFigures(steps) }));
    const expectRight = async ({ name }: { name: string }, key: Exclude<keyof (typeof right)[0], 'id'>) => {
      const expected = Object.fromEntries(right.map((session) => [session.id, session[key]]));
      await vi.waitFor(
        async () =>
          expect(await bySession(backend, `${name}{session_id=~"scripted-.*"}`), `seed ${seed}`).toEqual(
            expected,
          ),
        { timeout: 60_000, interval: 500 },
      );
    };
    await expectRight(contextTokens, 'tokensUsed');
    await expectRight(checkpoints, 'checkpoints');
    await expectRight(tokensSaved, 'tokensSaved');
    await expectRight(threshold70, 'warningCrossings');
    await expectRight(threshold90, 'criticalCrossings');
  });
});

describe('what the user wrote', () => {
  test('is in no series and in no answer, whichever source sent it', async () => {
    const secret = 'MARKED-SECRET-7';
    const words = { prompt: secret, compact_summary: secret, tool_input: { command: secret } };
    await claude.statusline('private', { tokensUsed: 1_000, more: { ...words, cwd: `/home/${secret}/api` } });
    await claude.hook('private', { hook_event_name: 'UserPromptSubmit', ...words });
    await claude.hook('private', { hook_event_name: 'PostToolUse', ...words });
    await claude.event('private', { 'event.name': 'user_prompt', prompt: secret });
    await claude.event('private', { 'event.name': 'tool_result', tool_parameters: secret, error: secret });
    await claude.event('private', { 'event.name': secret });
    await expectAnswer(only(tokens, 'private'), 1_000);
    await expectAnswer(`${receiverMetrics.ignored.name}{source="otlp",reason="unknown_event"}`, 1);
    const series = await query(backend, '{__name__!=""}');
    expect(JSON.stringify(series)).toContain('private');
    expect(JSON.stringify(series)).not.toContain(secret);
    for (const path of ['/v1/sessions', '/v1/sessions/private', '/v1/sources']) {
      const answer = await (await fetch(`${backend.urls.receiver}${path}`)).text();
      expect(answer).not.toContain(secret);
    }
  });
});
