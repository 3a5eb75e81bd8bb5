import { type Part, parts as allParts } from '../../compose/parts.ts';
import { answers, healthUrlOf, urlOf } from './health.ts';
import type { Runtime, Stack } from './runtime.ts';
import type { StackRecord } from './state.ts';
import { table } from './table.ts';

/** How a part is. */
export type PartState = 'healthy' | 'unhealthy' | 'stopped' | 'left out';

/** How the stack is, and its exit status. */
export const stackStates = { healthy: 0, stopped: 1, degraded: 2 } as const;

/** How each part is. A part that was not started because this machine lacks it counts as left out. */
export async function partStates(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord,
): Promise<Map<Part, PartState>> {
  const running = await runtime.running();
  const states = allParts.map(async (part): Promise<[Part, PartState]> => {
    if (!running.has(part.name)) return [part, record.parts.includes(part.name) ? 'stopped' : 'left out'];
    return [part, (await answers(healthUrlOf(part, stack.ports))) ? 'healthy' : 'unhealthy'];
  });
  return new Map(await Promise.all(states));
}

/** One word for all parts. */
export function overallState(states: ReadonlyMap<Part, PartState>): keyof typeof stackStates {
  const wanted = [...states.values()].filter((state) => state !== 'left out');
  if (wanted.every((state) => state === 'stopped')) return 'stopped';
  return wanted.every((state) => state === 'healthy') ? 'healthy' : 'degraded';
}

/** The table that people see: part, state, URL. */
export function statusTable(states: ReadonlyMap<Part, PartState>, { ports }: Pick<Stack, 'ports'>): string[] {
  const rows = [...states].map(([part, state]) => {
    const reachable = state === 'healthy' || state === 'unhealthy';
    return [part.name, state, reachable ? urlOf(part, ports) : ''];
  });
  return table([['PART', 'STATE', 'URL'], ...rows]);
}
