import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { partNamed, type PartName } from '../compose/parts.ts';
import { portsFrom, portVariable } from '../compose/ports.ts';
import { alertFiles } from '../scripts/stack/alert-files.ts';
import { claudeFolder } from '../compose/runtime/docker/claude-folder.ts';
import { runCommand } from '../compose/system/command.ts';
import { dockerProblem } from '../compose/runtime/docker/docker-problem.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { startNative } from '../scripts/stack/native-stack.ts';
import { authorizationFor } from '../compose/runtime/login.ts';
import { freePorts } from '../compose/runtime/preflight.ts';
import { prepareState, sharedPath } from '../compose/runtime/state.ts';

/** The real collector, VictoriaMetrics, vmalert and Alertmanager, a webhook, and on request the receiver. */
export interface Backend extends AsyncDisposable {
  readonly runtime: 'docker' | 'native';
  readonly urls: Readonly<
    Record<'collector' | 'victoriametrics' | 'vmalert' | 'alertmanager' | 'receiver' | 'webhook', string>
  >;
  /** Alertmanager's password for the user `ctxd`. */
  readonly alertmanagerPassword: string;
  /** Value of the `authorization` header for VictoriaMetrics and vmalert. */
  readonly storeAuthorization: string;
  /** Stops a part and waits until it is gone. Default: SIGTERM; SIGKILL is a crash. */
  stop(part: BackendPart, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Restarts a part on its data and waits until it is healthy. */
  start(part: BackendPart): Promise<void>;
}

/** The parts that a test may stop and start. */
type BackendPart = (typeof parts)[number];

const parts = ['collector', 'victoriametrics', 'vmalert', 'alertmanager', 'receiver'] as const;

/** Starts the parts in containers where a Docker engine answers, natively otherwise; `CTXD_RUNTIME` forces one. */
export async function startBackend({ withReceiver = false } = {}): Promise<Backend> {
  const chosen = parts.filter((part) => withReceiver || part !== 'receiver');
  const forced = process.env['CTXD_RUNTIME'];
  const docker =
    forced === undefined ? (await dockerProblem(process.env)) === undefined : forced === 'docker';
  return docker ? startContainers(chosen) : startProcesses(chosen);
}

/** VictoriaMetrics' URL with user and password, as commands take it. */
export function storeUrlOf(backend: Backend): string {
  const login = storeLoginOf(backend).map(encodeURIComponent).join(':');
  return backend.urls.victoriametrics.replace('//', `//${login}@`);
}

/** User and password of VictoriaMetrics and vmalert. */
function storeLoginOf({ storeAuthorization }: Backend): readonly string[] {
  return Buffer.from(storeAuthorization.replace('Basic ', ''), 'base64').toString().split(':');
}

async function startProcesses(chosen: readonly BackendPart[]): Promise<Backend> {
  await using cleanup = new AsyncDisposableStack();
  const webhookUrl = cleanup.use(await startWebhook()).url;
  const stack = cleanup.use(await startNative({ parts: chosen, webhookUrl, print: console.log }));
  const kept = cleanup.move();
  return {
    runtime: 'native',
    urls: { ...stack.urls, webhook: webhookUrl },
    alertmanagerPassword: await alertmanagerPasswordIn(stack.stateDir),
    storeAuthorization: stack.storeAuthorization,
    stop: (part, signal) => stack.stop(part, signal),
    start: (part) => stack.start(part),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function startWebhook() {
  const [port] = await freePorts(1);
  const child = spawn(
    process.execPath,
    [resolve(import.meta.dirname, 'webhook.ts'), '127.0.0.1', String(port)],
    { stdio: 'inherit' },
  );
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(url).catch(() => undefined))?.ok === true, 60_000);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
    },
  };
}

async function startContainers(chosen: readonly BackendPart[]): Promise<Backend> {
  await using cleanup = new AsyncDisposableStack();
  const stateDir = await mkdtemp(join(tmpdir(), 'ctxd-'));
  cleanup.defer(() => rm(stateDir, { recursive: true, force: true }));
  const env = { CTXD_ALERT_WEBHOOK_URL: 'http://webhook:8080' };
  await prepareState(
    stateDir,
    chosen,
    await alertFiles('docker', { stateDir, env, ports: portsFrom({}), running: chosen }),
  );
  await claudeFolder(stateDir, { CLAUDE_CONFIG_DIR: join(stateDir, 'claude') });
  const ports = await portsByName();
  const environment = await composeEnvironment(stateDir, ports, chosen).up([...chosen, 'webhook']);
  cleanup.defer(async () => void (await environment.down({ removeVolumes: true })));
  const kept = cleanup.move();
  const url = (name: string) => `http://127.0.0.1:${ports[name]}`;
  return {
    runtime: 'docker',
    urls: {
      collector: url('collector'),
      victoriametrics: url('victoriametrics'),
      vmalert: url('vmalert'),
      alertmanager: url('alertmanager'),
      receiver: url('receiver'),
      webhook: url('webhook'),
    },
    alertmanagerPassword: await alertmanagerPasswordIn(stateDir),
    storeAuthorization: (await authorizationFor(partNamed('victoriametrics'), stateDir)) ?? '',
    // Testcontainers stops each container only once.
    stop: async (part, signal = 'SIGTERM') => {
      const id = environment.getContainer(`${part}-1`).getId();
      const { exitCode, output } = await runCommand('docker', [signal === 'SIGKILL' ? 'kill' : 'stop', id]);
      if (exitCode !== 0) throw new Error(`Expected ${part} to be stopped: ${output}`);
    },
    start: (part) => environment.getContainer(`${part}-1`).restart(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function composeEnvironment(
  stateDir: string,
  ports: Readonly<Record<string, number>>,
  chosen: readonly BackendPart[],
): DockerComposeEnvironment {
  const files = ['compose/generated/compose.yaml', 'test/webhook.compose.yaml'];
  let environment = new DockerComposeEnvironment(resolve(import.meta.dirname, '..'), files).withEnvironment({
    ...(process.env as Record<string, string>),
    CTXD_STATE_DIR: stateDir,
    CTXD_RECEIVER_AUTH: '0',
    CTXD_CLAUDE_DIR: join(stateDir, 'claude'),
    CTXD_USER: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    CTXD_TEST_DIR: import.meta.dirname,
    CTXD_TEST_WEBHOOK_PORT: String(ports['webhook']),
    ...Object.fromEntries(parts.map((part) => [portVariable(part), String(ports[part])])),
    CTXD_COLLECTOR_HEALTH_PORT: String(ports['collectorHealth']),
  });
  for (const part of chosen) environment = environment.withWaitStrategy(`${part}-1`, healthy(part));
  return environment.withWaitStrategy('webhook-1', Wait.forHttp('/', 8080)).withStartupTimeout(180_000);
}

function healthy(name: PartName) {
  const { port, healthPort, healthPath, login } = partNamed(name);
  if (login && !login.hasOpenHealth) return Wait.forHealthCheck();
  return Wait.forHttp(healthPath, healthPort ?? port);
}

const alertmanagerPasswordIn = async (stateDir: string) =>
  await readFile(sharedPath(stateDir, 'alertmanagerPassword'), 'utf8');

async function portsByName(): Promise<Record<string, number>> {
  const names = [...parts, 'webhook', 'collectorHealth'];
  const ports = await freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0]));
}
