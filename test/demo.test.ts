import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { processMetrics, receiverMetrics, sessionMetrics } from 'koa-context-window';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runDemo } from '../scripts/demo/run-demo.ts';
import { sessionScript } from '../scripts/demo/session-script.ts';
import { startOtlpRecorder, type OtlpRecorder, type RecordedPoint } from './otlp-recorder.ts';

const root = join(import.meta.dirname, '..');
const usage = sessionMetrics.contextUsagePercent.name;

function startDemo(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['scripts/ctxd.cjs', 'demo', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  const exit = once(child, 'exit').then(([status]) => status as number | null);
  return { child, finished: Promise.all([exit, text(child.stdout), text(child.stderr)]) };
}

/** The session id of each line that contains a text. */
function idsOf(output: string, what: string): string[] {
  const ids = idsByName(output);
  return output
    .split('\n')
    .filter((line) => line.includes(what))
    .map((line) => ids.get(line.split('  ')[1]!)!);
}

function idsByName(output: string): Map<string, string> {
  const starts = output.matchAll(/ {2}(\S.*) {2}starts, known by its \S+ (\S+)$/gm);
  return new Map(Array.from(starts, ([, name, id]) => [name!, id!]));
}

/** The points of a metric by session, oldest first. */
function bySession(recorder: OtlpRecorder, metric: string): Map<string, RecordedPoint[]> {
  return Map.groupBy(recorder.points(metric), ({ attributes }) => String(attributes['session_id']));
}

/** The newest value of a metric for each session; sessions at 0 are left out. */
function newestValues(recorder: OtlpRecorder, metric: string): Record<string, number> {
  const newest = Array.from(bySession(recorder, metric), ([id, points]): [string, number] => [
    id,
    points.findLast(({ value }) => value !== undefined)?.value ?? 0,
  ]);
  return Object.fromEntries(newest.filter(([, value]) => value > 0));
}

function counts(ids: readonly string[]): Record<string, number> {
  return Object.fromEntries(ids.map((id) => [id, ids.filter((other) => other === id).length]));
}

describe('a demo that plays to its end', () => {
  const seed = 7;
  let recorder: OtlpRecorder;
  let status: number | null, output: string, errors: string;

  beforeAll(async () => {
    recorder = await startOtlpRecorder();
    const demo = startDemo(['--speed', '5', '--seed', `${seed}`], {
      OTEL_EXPORTER_OTLP_ENDPOINT: recorder.url,
      CTXD_GRAFANA_PORT: '3999',
      CTXD_STATE_DIR: '/nowhere',
    });
    [status, output, errors] = await demo.finished;
  });
  afterAll(() => recorder[Symbol.asyncDispose]());

  test('exits with 0 and without an error', () => {
    expect([status, errors]).toEqual([0, '']);
  });

  test('prints where to look, what happened and what to type next', () => {
    expect(output).toContain('See them on the context overview in Grafana: http://127.0.0.1:3999\n');
    expect(output).toContain(`Metrics go to ${recorder.url}\n`);
    expect(output).toMatch(/Done in \d+ s: 8 sessions, \d+ reports\n {2}7 crossings of 70 % and 4 of 90 %\n/);
    expect(output).toMatch(/ {2}6 checkpoints that saved [\d,]+ tokens\n/);
    expect(output).toContain('  3 ended, 2 expired, 3 stopped with the demo\n');
    expect(output).toContain(`npm run demo -- --seed ${seed}\n`);
  });

  test('exports each session under the id that the client sent or the server gave it', () => {
    const own = idsOf(output, 'known by its X-Claude-Code-Session-Id');
    const given = idsOf(output, 'known by its Mcp-Session-Id');
    expect(own.toSorted()).toEqual(
      [0, 2, 4, 6].map((index) => sessionScript(seed, index).sessionId).toSorted(),
    );
    expect(given).toHaveLength(4);
    expect([...bySession(recorder, usage).keys()].toSorted()).toEqual([...own, ...given].toSorted());
  });

  test('exports the names, the projects and the models of the sessions', () => {
    const described = recorder.points(receiverMetrics.sessionInfo.name).map(({ attributes }) => attributes);
    expect(new Set(described.map(({ session_name: name }) => name)).size).toBe(8);
    expect(described).toContainEqual(
      expect.objectContaining({ session_name: 'auth refactor', project: 'shop', model: 'claude-opus-4-6' }),
    );
  });

  test('exports the crossings that it prints', () => {
    const { threshold70, threshold90 } = sessionMetrics;
    expect(newestValues(recorder, threshold70.name)).toEqual(counts(idsOf(output, 'reaches 70 %')));
    expect(newestValues(recorder, threshold90.name)).toEqual(counts(idsOf(output, 'reaches 90 %')));
  });

  test('exports the checkpoints and the saved tokens that it prints', () => {
    const saved = Array.from(output.matchAll(/ {2}(\S[^\n]*) {2}checkpoints: ([\d,]+) tokens saved/g));
    const savedBy = Map.groupBy(saved, ([, name]) => idsByName(output).get(name!)!);
    const sums = Array.from(savedBy, ([id, lines]) => [
      id,
      lines.reduce((sum, [, , tokens]) => sum + Number(tokens!.replaceAll(',', '')), 0),
    ]);
    expect(sums).toHaveLength(4);
    expect(newestValues(recorder, sessionMetrics.tokensSaved.name)).toEqual(Object.fromEntries(sums));
    expect(newestValues(recorder, sessionMetrics.checkpoints.name)).toEqual(
      counts(idsOf(output, 'checkpoints:')),
    );
  });

  test('prints what is in use after a checkpoint', () => {
    const left = Array.from(output.matchAll(/tokens saved, ([\d.]+) % in use now/g), ([, percent]) =>
      Number(percent),
    );
    expect(left).toHaveLength(6);
    expect(Math.max(...left)).toBeLessThan(30);
  });

  test('exports contexts that grow, and fall at a checkpoint', () => {
    const tokens = bySession(recorder, sessionMetrics.contextTokens.name);
    for (const [id, points] of tokens) {
      const values = points.flatMap(({ value }) => (value === undefined ? [] : [value]));
      const falls = values.filter((value, index) => value < (values[index - 1] ?? 0));
      expect(falls).toHaveLength(idsOf(output, 'checkpoints:').filter((other) => other === id).length);
    }
  });

  test('exports counters from 0, so that the first crossing is an increase', () => {
    for (const points of bySession(recorder, sessionMetrics.threshold70.name).values()) {
      expect(points[0]?.value).toBe(0);
    }
  });

  test('exports the requests of the MCP server by route', () => {
    const routes = recorder
      .points(processMetrics.httpRequestDuration.name)
      .map(({ attributes }) => attributes);
    expect(routes).toContainEqual(
      expect.objectContaining({ 'http.request.method': 'POST', 'http.route': '/mcp' }),
    );
  });

  test('has only the remaining sessions active at the end', () => {
    const active = recorder.points(processMetrics.activeSessions.name);
    expect(active.findLast(({ value }) => value !== undefined)?.value).toBe(3);
  });

  test('marks every departed session as stale, whether it ended, expired or was stopped', () => {
    for (const points of bySession(recorder, usage).values()) expect(points.at(-1)?.flags).toBe(1);
  });
});

test('Ctrl-C stops it cleanly, also when npm passes the signal on a second time', async () => {
  await using recorder = await startOtlpRecorder();
  const { child, finished } = startDemo(['--speed', '4'], { OTEL_EXPORTER_OTLP_ENDPOINT: recorder.url });
  await vi.waitUntil(() => recorder.points(usage).length > 0, { timeout: 60_000 });
  child.stdout.on('data', (chunk) => {
    if (String(chunk).includes('Stopping …')) child.kill('SIGINT');
  });
  child.kill('SIGINT');
  const [status, output] = await finished;
  expect(status).toBe(0);
  expect(output).toContain('8 stopped with the demo');
  for (const points of bySession(recorder, usage).values()) expect(points.at(-1)?.flags).toBe(1);
});

test('the same seed gives the same ids, including those from the server', async () => {
  await using recorder = await startOtlpRecorder();
  const signal = AbortSignal.abort();
  const idsWith = async (seed: number) => {
    const { sessions } = await runDemo({ seed, otlpEndpoint: recorder.url, signal });
    return sessions.map(({ sessionId }) => sessionId);
  };
  const ids = await idsWith(7);
  expect(await idsWith(7)).toEqual(ids);
  expect(new Set([...ids, ...(await idsWith(8))]).size).toBe(16);
});

test('a wrong option ends it with status 2 and the rule', async () => {
  const [status, output, errors] = await startDemo(['--sessions', '0'], {}).finished;
  expect([status, output]).toEqual([2, '']);
  expect(errors).toBe(
    'Expected the --sessions option to be a whole number from 1 to 200, got `0`\nSee npm run demo -- --help\n',
  );
});

test('--help prints the options', async () => {
  const [status, output] = await startDemo(['--help'], {}).finished;
  expect(status).toBe(0);
  expect(output).toContain('--sessions <number>  how many, 1 to 200 (default 8)');
});

test('without a stack it names the command that starts one', async () => {
  const endpoint = await closedEndpoint();
  const [status, , errors] = await startDemo([], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).finished;
  expect(status).toBe(1);
  expect(errors).toMatch(`Nothing accepts metrics at ${endpoint} (connect ECONNREFUSED`);
  expect(errors).toMatch('Start the stack first: npm run stack:up\n');
});

async function closedEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
