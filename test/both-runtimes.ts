import { describe, vi } from 'vitest';
import { fetchFrom, type Server } from '../dashboards/source/http-client.ts';
import { startSilence } from '../dashboards/source/alertmanager.ts';
import { connectionFrom } from '../scripts/reach/connection.ts';
import { dockerProblem } from '../compose/runtime/docker/docker-problem.ts';
import type { Finished, StackCommands } from './stack-commands.ts';

const problem = await dockerProblem(process.env);

/** Runs tests in both runtimes. Without a Docker engine, the Docker ones are skipped and say why. */
export function inBothRuntimes(tests: (runtime: 'native' | 'docker') => void): void {
  inRuntime('native', () => tests('native'));
  inRuntime('docker', () => tests('docker'));
}

/** Runs tests in one runtime. */
export function inRuntime(runtime: 'native' | 'docker', tests: () => void): void {
  const why = runtime === 'docker' ? problem?.reason : undefined;
  vi.setConfig({ testTimeout: 300_000 });
  describe.skipIf(why !== undefined)(
    `the ${runtime} runtime${why === undefined ? '' : ` (skipped: ${why})`}`,
    () => {
      tests();
    },
  );
}

/** `stack:up` without Grafana, so that the tests are the same everywhere. */
export const start = async (stack: StackCommands, ...args: string[]): Promise<Finished> =>
  await stack.run('up', '--without', 'grafana', ...args);

/** A part as `stack:status` reports it. */
interface ReportedPart {
  readonly name: string;
  readonly state: string;
  readonly version: string;
  readonly restarts?: number;
  readonly memoryBytes?: number;
}

/** The answer of `stack:status`. */
export async function statusOf(
  stack: StackCommands,
): Promise<{ status: string; data: { retention: string; parts: ReportedPart[] } }> {
  return JSON.parse((await stack.run('status', '--json')).stdout);
}

/** One part in the answer of `stack:status`. */
export async function partOf(stack: StackCommands, name: string): Promise<ReportedPart | undefined> {
  return (await statusOf(stack)).data.parts.find((part) => part.name === name);
}

/** Alertmanager, with its credentials. */
export async function alertmanagerOf({ env }: StackCommands): Promise<Server> {
  return (await connectionFrom({}, env)).alertmanager;
}

/** VictoriaMetrics, with its password. */
export async function storeOf({ env }: StackCommands): Promise<Server> {
  return (await connectionFrom({}, env)).store;
}

/** Silences the alerts of a session, and returns the silence's id. */
export async function silence(stack: StackCommands): Promise<string> {
  const request = { sessionId: 's1', seconds: 3_600, comment: 'test' };
  return (await startSilence(await alertmanagerOf(stack), request)).id;
}

/** All silences in Alertmanager, as text. */
export async function silences(stack: StackCommands): Promise<string> {
  return await (await fetchFrom(await alertmanagerOf(stack), '/api/v2/silences')).text();
}
