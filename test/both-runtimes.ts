import { describe, vi } from 'vitest';
import { ask, type Server } from '../dashboards/source/http-client.ts';
import { startSilence } from '../dashboards/source/alertmanager.ts';
import { connectionFrom } from '../scripts/reach/connection.ts';
import { dockerProblem } from '../compose/runtime/docker/docker-problem.ts';
import type { Finished, StackCommands } from './stack-commands.ts';

const problem = await dockerProblem(process.env);

/** Tests of what the stack does in either runtime; those in Docker are skipped where no engine answers, and say so. */
export function inBothRuntimes(tests: (runtime: 'native' | 'docker') => void): void {
  inRuntime('native', () => tests('native'));
  inRuntime('docker', () => tests('docker'));
}

/** Tests of what the stack does in one of them. */
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

/** A part as `stack:status` tells it. */
interface ToldPart {
  readonly name: string;
  readonly state: string;
  readonly version: string;
  readonly restarts?: number;
  readonly memoryBytes?: number;
}

/** What `stack:status` tells. */
export async function statusOf(
  stack: StackCommands,
): Promise<{ status: string; data: { retention: string; parts: ToldPart[] } }> {
  return JSON.parse((await stack.run('status', '--json')).stdout);
}

/** What `stack:status` tells of one part. */
export async function partOf(stack: StackCommands, name: string): Promise<ToldPart | undefined> {
  return (await statusOf(stack)).data.parts.find((part) => part.name === name);
}

/** Alertmanager, with what it takes to be let in. */
export async function alertmanagerOf({ env }: StackCommands): Promise<Server> {
  return (await connectionFrom({}, env)).alertmanager;
}

/** Silences the alerts of a session, and gives the silence's id. */
export async function silence(stack: StackCommands): Promise<string> {
  const request = { sessionId: 's1', seconds: 3_600, comment: 'test' };
  return (await startSilence(await alertmanagerOf(stack), request)).id;
}

/** All silences, as Alertmanager tells them. */
export async function silences(stack: StackCommands): Promise<string> {
  return await (await ask(await alertmanagerOf(stack), '/api/v2/silences')).text();
}
