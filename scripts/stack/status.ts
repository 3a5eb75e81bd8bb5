import manifest from '../../package.json' with { type: 'json' };
import { type Part, type PartName, parts as allParts } from '../../compose/parts.ts';
import { bytesInWords, bytesOfFolder } from '../../compose/system/bytes.ts';
import { isHealthy, isReadOnly, urlOf } from '../../compose/runtime/health.ts';
import { memoryOf } from '../../compose/runtime/native/native.ts';
import { identityOf } from '../../compose/runtime/native/part-process.ts';
import type { CrashState, Runtime, Stack, Usage } from '../../compose/runtime/runtime.ts';
import { dataDirOf, type StackRecord } from '../../compose/runtime/state.ts';
import { table } from '../../dashboards/text/table.ts';

/** The state of a part. */
export type PartState = 'healthy' | 'unhealthy' | 'read-only' | 'stopped' | 'left out' | CrashState;

/** The states of the stack, with their exit statuses. */
export const stackStates = { healthy: 0, stopped: 1, degraded: 2 } as const;

/** One part, as `--json` prints it. */
export interface PartReport extends Usage {
  readonly name: PartName;
  readonly state: PartState;
  readonly url?: string;
  readonly version: string;
  readonly dataBytes: number;
}

/** The state of each part. A part that this machine lacks counts as left out. */
export async function partStates(
  runtime: Runtime,
  stack: Stack,
  record: Pick<StackRecord, 'parts'>,
): Promise<Map<Part, PartState>> {
  const running = await runtime.running();
  const allRun = record.parts.every((name) => running.has(name));
  const crashed = allRun ? new Map<PartName, CrashState>() : await runtime.crashed();
  const states = allParts.map(async (part): Promise<[Part, PartState]> => {
    if (running.has(part.name)) return [part, await stateOfRunning(part, stack)];
    if (!record.parts.includes(part.name)) return [part, 'left out'];
    return [part, crashed.get(part.name) ?? 'stopped'];
  });
  return new Map(await Promise.all(states));
}

async function stateOfRunning(part: Part, stack: Stack): Promise<PartState> {
  if (!(await isHealthy(part, stack))) return 'unhealthy';
  const readOnly = part.name === 'victoriametrics' && (await isReadOnly(stack));
  return readOnly ? 'read-only' : 'healthy';
}

/** Whether a part in this state runs, healthy or not. */
export const isRunning = (state: PartState | undefined) =>
  state === 'healthy' || state === 'unhealthy' || state === 'read-only';

/**
 * The state of the stack, from the states of its parts.
 *
 * @param isWatched - whether parts that crash are restarted. Default: true.
 */
export function overallState(
  states: ReadonlyMap<Part, PartState>,
  isWatched = true,
): keyof typeof stackStates {
  const wanted = [...states.values()].filter((state) => state !== 'left out');
  if (wanted.every((state) => state === 'stopped')) return 'stopped';
  return isWatched && wanted.every((state) => state === 'healthy') ? 'healthy' : 'degraded';
}

/** A report on each part. */
export async function partReports(
  states: ReadonlyMap<Part, PartState>,
  runtime: Runtime,
  { ports, stateDir }: Stack,
  { versions }: StackRecord,
): Promise<PartReport[]> {
  const usage = await runtime.usage();
  const reports = [...states].map(async ([part, state]) => ({
    name: part.name,
    state,
    ...(isRunning(state) && { url: urlOf(part.name, ports) }),
    // The receiver is this code; the version of its image is Node's.
    version: part.name === 'receiver' ? manifest.version : (versions?.[part.name] ?? part.version),
    ...usage.get(part.name),
    dataBytes: await bytesOfFolder(dataDirOf(stateDir, part.name)),
  }));
  return await Promise.all(reports);
}

/** The process that restarts parts, as `--json` prints it. */
export interface SupervisorReport {
  readonly name: 'supervisor';
  readonly state: 'healthy' | 'stopped';
  readonly version: string;
  readonly memoryBytes?: number;
}

/** A report on the supervisor, a process of this machine in both runtimes. */
export async function supervisorReport(
  isWatched: boolean,
  { stateDir }: Pick<Stack, 'stateDir'>,
): Promise<SupervisorReport> {
  const identity = isWatched ? await identityOf(stateDir, 'supervisor') : undefined;
  const memoryBytes = identity && (await memoryOf(identity.pid));
  return {
    name: 'supervisor',
    state: isWatched ? 'healthy' : 'stopped',
    version: manifest.version,
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
}

/** The table at the end of `stack:up`: part, state, URL. */
export function statusTable(states: ReadonlyMap<Part, PartState>, { ports }: Pick<Stack, 'ports'>): string[] {
  const rows = [...states].map(([part, state]) => [
    part.name,
    state,
    isRunning(state) ? urlOf(part.name, ports) : '',
  ]);
  return table([['PART', 'STATE', 'URL'], ...rows]);
}

/** The table of `stack:status`, with versions and the use of memory and disk. */
export function reportTable(reports: readonly PartReport[], supervisor: SupervisorReport): string[] {
  const rows = reports.map(
    ({ name, state, url = '', version, uptimeSeconds, memoryBytes, dataBytes, restarts }) => [
      name,
      restarts ? `${state} (restarted ${restarts}×)` : state,
      url,
      version,
      uptimeSeconds === undefined ? '' : durationInWords(uptimeSeconds),
      memoryBytes === undefined ? '' : bytesInWords(memoryBytes),
      bytesInWords(dataBytes),
    ],
  );
  const { name, state, version, memoryBytes } = supervisor;
  const last = [name, state, '', version, '', memoryBytes === undefined ? '' : bytesInWords(memoryBytes), ''];
  return table([['PART', 'STATE', 'URL', 'VERSION', 'UP', 'MEMORY', 'DATA'], ...rows, last]);
}

/** A duration in its two largest units: `2 d 5 h`, `3 min 20 s`. */
export function durationInWords(seconds: number): string {
  const amounts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = amounts.findIndex(([amount]) => amount > 0);
  const shown = first === -1 ? amounts.slice(-1) : amounts.slice(first, first + 2);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}
