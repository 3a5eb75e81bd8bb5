import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sessionMetrics } from 'koa-context-window';
import { startReceiver } from 'koa-context-window/receiver';
import { expect, test, vi } from 'vitest';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { storeOf } from './both-runtimes.ts';
import { bare, endOf, temporaryHome } from './claude-code-home.ts';
import { claudeCode } from './claude-code-session.ts';
import { stackCommands } from './stack-commands.ts';

const original = '{ "model": "opus" }\n';

interface Settings {
  readonly otelHeadersHelper: string;
  readonly env: Record<string, string>;
  readonly hooks: Record<string, { hooks: { command: string }[] }[]>;
  readonly statusLine: { command: string };
}

test('events and the status line reach the stack with its tokens, which stay out of the settings', async () => {
  await using stack = await stackCommands('native');
  expect(await stack.run('up', '--without', 'grafana,vmalert,alertmanager')).toMatchObject({ exitCode: 0 });
  // A different shell, without the variables that the stack was started with.
  const env = { CTXD_STATE_DIR: stack.stateDir };
  const tokenFile = join(stack.stateDir, 'secrets/collector-token');
  await using claude = await temporaryHome(original);
  expect((await claude.call('connect', ['--yes'], env)).stdout).toContain(`with the token in ${tokenFile}`);
  expect((await claude.call('doctor', [], env)).stdout).toMatch(/^ok +collector /m);

  const { otelHeadersHelper, env: variables, statusLine } = JSON.parse(await claude.read()) as Settings;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', otelHeadersHelper]);
  const headers = JSON.parse(stdout) as Record<string, string>;
  const urls = { collector: variables['OTEL_EXPORTER_OTLP_ENDPOINT']!, receiver: '' };
  await expect(claudeCode(urls).request('s1', { tokensUsed: 71_000 })).rejects.toThrow('answered 401');
  await claudeCode(urls, headers).request('s1', { tokensUsed: 71_000 });
  const query = new URLSearchParams({ query: sessionMetrics.contextTokens.name });
  const store = await storeOf(stack);
  const answer = async () => await (await fetchFrom(store, `/api/v1/query?${query.toString()}`)).text();
  await vi.waitFor(async () => expect(await answer()).toContain('"71000"'), 60_000);

  // The script of an older connection sends no token.
  const [, script = ''] = statusLine.command.split("'");
  const current = await readFile(script, 'utf8');
  await writeFile(script, current.replace(/^token_file=.+$/m, "token_file=''"));
  expect((await claude.call('doctor', [], env)).stdout).toContain('Its script is older than this stack');
  expect((await claude.call('connect', ['--yes'], env)).stdout).toContain('Already connected');
  expect(await readFile(script, 'utf8')).toBe(current);
  await vi.waitFor(async () => {
    await endOf(bare(statusLine.command, {}));
    expect((await claude.call('doctor', [], env)).stdout).toMatch(/^statusline +\d+ s ago/m);
  }, 60_000);

  const receiverToken = await readFile(join(stack.stateDir, 'secrets/receiver-token'), 'utf8');
  for (const text of [await claude.read(), current]) {
    for (const token of [await readFile(tokenFile, 'utf8'), receiverToken]) expect(text).not.toContain(token);
  }
  await writeFile(tokenFile, '');
  expect((await claude.call('doctor', [], env)).stdout).toContain(`Refuses the token in ${tokenFile}.`);
  await claude.call('disconnect', ['--yes'], env);
  expect(await claude.read()).toBe(original);
});

test('hooks and status line reach a receiver that requires a token, and the token stays out of the settings', async () => {
  await using receiver = await startReceiver({ port: 0, token: 'hush-hush', metricsUrl: false });
  const env = { CTXD_RECEIVER_PORT: new URL(receiver.url).port, CTXD_RECEIVER_TOKEN: 'hush-hush' };
  await using claude = await temporaryHome(original);
  const blind = await claude.call('doctor', [], { CTXD_RECEIVER_PORT: env.CTXD_RECEIVER_PORT });
  expect(blind.stdout).toContain('Requires a token, but CTXD_RECEIVER_TOKEN is missing or wrong.');
  await claude.call('connect', ['--yes'], env);
  expect((await claude.call('doctor', [], env)).stdout).toMatch(/^ok +hooks .*^ok +receiver /ms);
  const { hooks, statusLine } = JSON.parse(await claude.read()) as Settings;

  await vi.waitFor(async () => {
    await endOf(bare(statusLine.command, env));
    expect((await claude.call('doctor', [], env)).stdout).toMatch(/^statusline +\d+ s ago/m);
  }, 60_000);
  const [{ command }] = hooks['SessionEnd']![0]!.hooks as [{ command: string }];
  const end = JSON.stringify({ session_id: 'a', hook_event_name: 'SessionEnd' });
  expect(await endOf(bare(command, env, end))).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  await vi.waitFor(async () => {
    expect((await claude.call('doctor', [], env)).stdout).toMatch(/^hook +\d+ s ago/m);
  }, 60_000);

  expect(await claude.read()).not.toContain('hush-hush');
  await claude.call('disconnect', ['--yes'], env);
  expect(await claude.read()).toBe(original);
});
