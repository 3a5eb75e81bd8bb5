import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachPart, type Part, type PartName, partNamed, parts as allParts } from '../../compose/parts.ts';
import type { Ports } from '../../compose/ports.ts';
import { alertFiles } from './alert-files.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import { nativeRuntime } from '../../compose/runtime/native/native.ts';
import { stopPart } from '../../compose/runtime/native/part-process.ts';
import { freePorts } from '../../compose/runtime/preflight.ts';
import { prepareState, sharedPath } from '../../compose/runtime/state.ts';

/** The parts to start, and where. With the defaults they disturb nothing else on the machine. */
export interface NativeStackOptions {
  /** Kept at the end. Default: a temporary folder, removed at the end. */
  readonly stateDir?: string;
  /** Default: free ports. */
  readonly ports?: Partial<Record<PartName, number>>;
  /** Default: all but Grafana. */
  readonly parts?: readonly PartName[];
  /** Where Alertmanager delivers alerts. */
  readonly webhookUrl?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with lines about downloads and builds. Default: nothing is printed. */
  readonly print?: (line: string) => void;
}

/** Native parts, which run until this is disposed of. */
export interface NativeStack extends AsyncDisposable {
  readonly stateDir: string;
  /** URL of each part, such as `http://127.0.0.1:18428`. */
  readonly urls: Readonly<Record<PartName, string>>;
  /** Value of the `authorization` header for VictoriaMetrics and vmalert. */
  readonly storeAuthorization: string;
  /** Key for VictoriaMetrics' admin endpoints, such as `/snapshot/list?authKey=…`. */
  readonly victoriaMetricsKey: string;
  /** Stops a part and waits until it is gone. Default: SIGTERM. SIGKILL simulates a crash. */
  stop(part: PartName, signal?: NodeJS.Signals): Promise<void>;
  /** Restarts a part with its former port and data, and waits until it is healthy. */
  start(part: PartName): Promise<void>;
  /** The last lines that a part logged. */
  logTail(part: PartName, lines?: number): Promise<readonly string[]>;
}

/**
 * Starts parts natively, next to whatever else runs on the machine, and waits until they are healthy. The collector and the
 * receiver require no token.
 *
 * @example
 * await using stack = await startNative({ parts: ['collector', 'victoriametrics'] });
 * const headers = { authorization: stack.storeAuthorization };
 * await fetch(`${stack.urls.victoriametrics}/api/v1/query?query=up`, { headers });
 */
export async function startNative(options: NativeStackOptions = {}): Promise<NativeStack> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'ctxd-')));
  const chosen = allParts.filter(({ name }) => options.parts?.includes(name) ?? name !== 'grafana');
  const ports = await portsFor(options.ports ?? {});
  const { webhookUrl, print = () => {} } = options;
  const webhook = webhookUrl !== undefined && { CTXD_ALERT_WEBHOOK_URL: webhookUrl };
  const stack = {
    stateDir,
    ports,
    env: { ...process.env, CTXD_RECEIVER_AUTH: '0', ...webhook, ...options.env },
    print,
    warn: print,
  };
  const runtime = nativeRuntime(stack);
  const start = async (parts: readonly Part[]) => {
    await runtime.start(parts);
    await awaitHealthy(parts, runtime, { ports, stateDir });
  };
  await using cleanup = new AsyncDisposableStack();
  if (options.stateDir === undefined) cleanup.defer(() => rm(stateDir, { recursive: true, force: true }));
  cleanup.defer(() => runtime.stop(allParts));
  await prepareState(
    stateDir,
    chosen.map(({ name }) => name),
    await alertFiles('native', { ...stack, running: chosen.map(({ name }) => name) }),
  );
  const leftOut = await runtime.prepare(chosen);
  if (leftOut[0]) throw new Error(leftOut[0].reason);
  await start(chosen);
  const kept = cleanup.move();
  return {
    stateDir,
    urls: forEachPart((part) => urlOf(part.name, ports)),
    storeAuthorization: (await authorizationFor(partNamed('victoriametrics'), stateDir)) ?? '',
    victoriaMetricsKey: await readFile(sharedPath(stateDir, 'victoriametricsKey'), 'utf8'),
    stop: (part, signal) => stopPart(part, stateDir, signal),
    start: (part) => start([partNamed(part)]),
    logTail: (part, lines = 20) => runtime.logTail(part, lines),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function portsFor(given: Partial<Record<PartName, number>>): Promise<Ports> {
  const free = await freePorts(2 * allParts.length);
  return forEachPart(({ name, healthPort }) => {
    const main = given[name] ?? free.pop() ?? 0;
    return { main, health: healthPort === undefined ? main : (free.pop() ?? 0) };
  });
}
