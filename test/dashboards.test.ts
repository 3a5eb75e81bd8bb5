import { afterAll, beforeAll, expect, test } from 'vitest';
import { withVariables } from '#queries';
import { runDemo } from '../scripts/demo/run-demo.ts';
import { startBackend, type Backend } from './backend.ts';
import { waitForAnswer } from './promql.ts';
import { committedDashboards } from './two-hours/committed-dashboards.ts';

let backend: Backend;
let demo: Promise<unknown>;
const claudeCodeSession = 'claude-code-session';
const stop = new AbortController();

beforeAll(async () => {
  backend = await startBackend({ withReceiver: true });
  demo = runDemo({ speed: 2, seed: 1, otlpEndpoint: backend.urls.collector, signal: stop.signal });
  await reportAsClaudeCodeDoes(backend);
}, 900_000);

afterAll(async () => {
  stop.abort();
  await demo;
  await backend?.[Symbol.asyncDispose]();
});

/** Values of Grafana's own variables for the last five minutes. */
const grafanaVariables: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '5m',
  $__range: '5m',
  ' ${of:raw}': '',
  '=~"${sessions:pipe}"': '=~".+"',
  '${fullest:pipe}': 'any',
  '="$linked"': '="gone"',
  $linked: 'gone',
  // Any session: the demo decides which of them has a pace, a checkpoint or a cost.
  '="$session"': '=~".+"',
};

/** Returns nothing while ctxd has no problem; `two-hours.test.ts` tests it. */
const ownProblems = 'Pipeline health: Health A';
const asked = committedDashboards().filter(({ title }) => title !== ownProblems);

test.each(asked.map((one) => [one.title, one] as const))(
  '%s answers with data on the real parts, the demo and a report of Claude Code',
  async (_, { expr }) => {
    const filled = withVariables(expr, grafanaVariables);
    expect(filled).not.toMatch(/\$[a-z_{]/);
    const samples = await waitForAnswer(
      backend,
      filled,
      (answer) => answer.some(({ value }) => Number.isFinite(value)),
      180_000,
    );
    expect(samples.length).toBeGreaterThan(0);
  },
);

async function reportAsClaudeCodeDoes({ urls }: Backend): Promise<void> {
  const status = {
    session_id: claudeCodeSession,
    session_name: 'A session of Claude Code',
    model: { id: 'claude-opus-4-7' },
    workspace: { project_dir: '/home/me/ctxd' },
    context_window: {
      context_window_size: 200_000,
      current_usage: { input_tokens: 1_000, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    },
    cost: { total_cost_usd: 1.25 },
    rate_limits: { five_hour: { used_percentage: 12 } },
    a_field_of_a_release_to_come: true,
  };
  await post(`${urls.receiver}/claude-code/statusline`, status);
  const ofSession = { 'session.id': claudeCodeSession };
  await logEvents(urls.collector, [
    { ...ofSession, 'event.name': 'subagent_completed', agent_type: 'Explore', total_tokens: '7000' },
    {
      ...ofSession,
      'event.name': 'compaction',
      trigger: 'auto',
      success: 'true',
      pre_tokens: '167189',
      post_tokens: '20000',
    },
  ]);
}

async function logEvents(collectorUrl: string, events: readonly Record<string, string>[]): Promise<void> {
  const timeUnixNano = `${Date.now()}000000`;
  const logRecords = events.map((event) => ({
    timeUnixNano,
    attributes: Object.entries(event).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  }));
  await post(`${collectorUrl}/v1/logs`, { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`Expected ${url} to take a report, got ${response.status}`);
}
