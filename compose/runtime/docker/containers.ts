import { restartLimit } from '../../compose-file.ts';
import { type PartName, parts as allParts } from '../../parts.ts';
import { runCommand } from '../../system/command.ts';
import type { CrashState, Usage } from '../runtime.ts';

/** The container of a part. */
export interface Container {
  readonly id: string;
  readonly name: PartName;
  /** Docker's own word: `running`, `restarting`, `exited`, … */
  readonly state: string;
  readonly startedAt: string;
  /** The id of its image. */
  readonly image: string;
  /** How often Docker restarted it after a crash since it was last started. */
  readonly restarts: number;
}

const format =
  '{{.Id}} {{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{.Image}}';

/** Limits `docker ps` to the parts of a compose project, without the containers that check a configuration. */
export const projectFilter = (project: string) =>
  [`project=${project}`, 'oneoff=False'].flatMap((label) => [
    '--filter',
    `label=com.docker.compose.${label}`,
  ]);

/** The containers of a compose project, running or not. */
export async function containersOf(project: string, env: NodeJS.ProcessEnv): Promise<Container[]> {
  const docker = async (...args: string[]) => (await runCommand('docker', args, { env })).stdout.trim();
  const ids = (await docker('ps', '--all', '--quiet', ...projectFilter(project))).split('\n').filter(Boolean);
  return ids.length === 0 ? [] : containersFrom(await docker('inspect', '--format', format, ...ids));
}

/** Parses the output of `docker inspect`, one container per line; leaves out other services. */
export function containersFrom(lines: string): Container[] {
  return lines.split('\n').flatMap((line) => {
    const [id = '', service, state = '', startedAt = '', restarts, image = ''] = line.split(' ');
    const part = allParts.find(({ name }) => name === service);
    if (part === undefined) return [];
    return [{ id, name: part.name, state, startedAt, restarts: Number(restarts), image }];
  });
}

/** The parts that crashed, and whether Docker will restart them. */
export function crashesIn(containers: readonly Container[]): Map<PartName, CrashState> {
  const states = new Map<PartName, CrashState>();
  for (const { name, state, restarts } of containers) {
    if (state === 'restarting') states.set(name, 'restarting');
    if (state === 'exited' && restarts >= restartLimit) states.set(name, 'disabled');
  }
  return states;
}

/** The resources of the containers. */
export async function usageOf(
  containers: readonly Container[],
  env: NodeJS.ProcessEnv,
): Promise<Map<PartName, Usage>> {
  const running = containers.filter(({ state }) => state === 'running').map(({ id }) => id);
  const args = ['stats', '--no-stream', '--no-trunc', '--format', '{{.ID}} {{.MemUsage}}', ...running];
  const memories = running.length === 0 ? '' : (await runCommand('docker', args, { env })).stdout.trim();
  return usageFrom(containers, memories, Date.now());
}

/** Adds the output of `docker stats`: id and memory, one container per line. */
export function usageFrom(
  containers: readonly Container[],
  memories: string,
  nowMillis: number,
): Map<PartName, Usage> {
  const memoryById = new Map(memories.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1]]));
  const usages = containers.map(({ id, name, state, startedAt, restarts }): [PartName, Usage] => {
    if (state !== 'running') return [name, { restarts }];
    const memoryBytes = bytesOf(memoryById.get(id) ?? '');
    const uptimeSeconds = Math.max(0, Math.round((nowMillis - Date.parse(startedAt)) / 1_000));
    return [name, { uptimeSeconds, restarts, ...(memoryBytes !== undefined && { memoryBytes }) }];
  });
  return new Map(usages);
}

function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^([\d.]+)([KMG]?i?)B/i.exec(text) ?? [];
  const power = ['', 'k', 'm', 'g'].indexOf(unit[0]?.toLowerCase() ?? '');
  return number === undefined ? undefined : Math.round(Number(number) * 1_024 ** power);
}
