import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { receiverOptionsFrom, startReceiver, type Receiver } from 'koa-context-window/receiver';
import { type Ended, endOf, temporaryHome } from './claude-code-home.ts';
import { version } from './claude-code-packages.ts';
import { type ModelAnswer, type ModelRequest, startModelApi } from './model-api.ts';

/** How to run Claude Code. */
interface RunOptions {
  /** Another program that runs Claude Code. Default: Claude Code itself. */
  readonly program?: string;
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A live session in the receiver's answer. */
export interface LiveSession {
  readonly id: string;
  readonly name?: string;
  readonly project?: string;
  readonly tokensUsed: number | null;
  readonly windowTokens: number | null;
  readonly compactionThresholdTokens: number;
  readonly checkpointCount: number;
  readonly tokensSaved: number;
}

/** The output of `claude -p --output-format json`. */
export interface PrintedResult {
  readonly session_id: string;
  readonly modelUsage: Readonly<Record<string, { readonly contextWindow: number }>>;
}

/**
 * Sets up Claude Code with its own home folder. It only reaches a scripted model on this machine: for all other addresses, its
 * proxy is a port that refuses every connection.
 */
export async function isolatedClaudeCode(
  command: string,
  script: (request: ModelRequest) => ModelAnswer = () => ({}),
) {
  await using cleanup = new AsyncDisposableStack();
  const model = cleanup.use(await startModelApi(script));
  const claude = cleanup.use(await temporaryHome());
  const folder = join(await realpath(claude.home), 'shop');
  await mkdir(folder);
  await writeFile(join(claude.home, '.claude.json'), JSON.stringify(onboarded(folder)));
  const env = { ...isolated(model.url), HOME: claude.home };
  const kept = cleanup.move();
  return {
    ...claude,
    folder,
    env,
    model,
    /** Starts Claude Code and returns its process. */
    start: (args: readonly string[], options: RunOptions = {}) => {
      const { folder: cwd = folder, env: more = {}, program = command } = options;
      const child = spawn(program, args, {
        cwd,
        env: { ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return Object.assign(child, { exited: once(child, 'exit') });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Sets up Claude Code as {@link isolatedClaudeCode} does, connected to its own receiver. */
export async function connectedClaudeCode(
  command: string,
  script: (request: ModelRequest) => ModelAnswer = () => ({}),
) {
  await using cleanup = new AsyncDisposableStack();
  const { model, start, ...claude } = cleanup.use(await isolatedClaudeCode(command, script));
  const startHere = async (port = 0) =>
    await startReceiver({
      ...receiverOptionsFrom({ HOME: claude.home }),
      port,
      metricsUrl: false,
      sessionIntervalMillis: 100,
      transcriptIntervalMillis: 200,
    });
  let receiver: Receiver | undefined = await startHere();
  cleanup.defer(async () => await receiver?.[Symbol.asyncDispose]());
  const { port, origin } = new URL(receiver.url);
  // The receiver accepts events directly, so no collector is needed.
  const ports = { CTXD_RECEIVER_PORT: port, CTXD_COLLECTOR_PORT: port };
  await claude.call('connect', ['--yes'], ports);
  const kept = cleanup.move();
  return {
    ...claude,
    ports,
    model,
    start,
    /** Runs Claude Code until it exits. */
    run: async (args: readonly string[], options?: RunOptions): Promise<Ended> =>
      await endOf(start(args, options)),
    /** Runs `claude -p` and returns its output. */
    print: async (args: readonly string[], options?: RunOptions): Promise<PrintedResult> => {
      const { stdout } = await endOf(start(['-p', '--output-format', 'json', ...args], options));
      return JSON.parse(stdout) as PrintedResult;
    },
    sessions: async (): Promise<readonly LiveSession[]> => {
      const answer = await (await fetch(`${origin}/v1/sessions`)).json();
      return (answer as { sessions: LiveSession[] }).sessions;
    },
    /** Counts of ignored reports, by source and reason. */
    ignored: async (): Promise<Record<string, Record<string, number>>> => {
      const answer = await (await fetch(`${origin}/v1/sources`)).json();
      const { sources } = answer as { sources: { source: string; ignored: Record<string, number> }[] };
      return Object.fromEntries(sources.map(({ source, ignored }) => [source, ignored]));
    },
    /** Posts a hook's JSON to the receiver. */
    hook: (fields: object) =>
      fetch(`${origin}/claude-code/hooks`, { method: 'POST', body: JSON.stringify(fields) }),
    stopReceiver: async () => {
      await receiver?.[Symbol.asyncDispose]();
      receiver = undefined;
    },
    startReceiver: async () => void (receiver = await startHere(Number(port))),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Claude Code's own state after its first-run questions. */
function onboarded(folder: string) {
  return {
    hasCompletedOnboarding: true,
    lastOnboardingVersion: version,
    theme: 'dark',
    customApiKeyResponses: { approved: ['sk-ant-dummy'], rejected: [] },
    projects: { [folder]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
}

function isolated(modelUrl: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    PATH: process.env['PATH'] ?? '',
    TERM: 'xterm-256color',
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'sk-ant-dummy',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    http_proxy: nowhere,
    https_proxy: nowhere,
    no_proxy: '127.0.0.1,localhost',
  };
}
