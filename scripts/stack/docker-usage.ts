import { type PartName, parts as allParts } from '../../compose/parts.ts';
import { runCommand } from './command.ts';
import type { Usage } from './runtime.ts';

/** What the running containers of a compose project take. */
export async function usageOfContainers(
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<Map<PartName, Usage>> {
  const run = async (...args: string[]) => (await runCommand('docker', args, { env })).stdout.trim();
  const filter = `label=com.docker.compose.project=${project}`;
  const ids = (await run('ps', '--quiet', '--filter', filter)).split('\n').filter(Boolean);
  if (ids.length === 0) return new Map();
  const [states, memories] = await Promise.all([
    run('inspect', '--format', inspectFormat, ...ids),
    run('stats', '--no-stream', '--no-trunc', '--format', '{{.ID}} {{.MemUsage}}', ...ids),
  ]);
  return usageFrom(states, memories, Date.now());
}

const inspectFormat =
  '{{.Id}} {{index .Config.Labels "com.docker.compose.service"}} {{.State.StartedAt}} {{.RestartCount}}';

/** Reads what `docker inspect` (id, part, start, restarts) and `docker stats` (id, memory) tell, one container a line. */
export function usageFrom(states: string, memories: string, nowMillis: number): Map<PartName, Usage> {
  const memoryById = new Map(memories.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1]]));
  const usages = new Map<PartName, Usage>();
  for (const line of states.split('\n')) {
    const [id, service, startedAt = '', restarts] = line.split(' ');
    const part = allParts.find(({ name }) => name === service);
    const memoryBytes = bytesOf(memoryById.get(id) ?? '');
    if (part === undefined) continue;
    usages.set(part.name, {
      uptimeSeconds: Math.max(0, Math.round((nowMillis - Date.parse(startedAt)) / 1_000)),
      restarts: Number(restarts),
      ...(memoryBytes !== undefined && { memoryBytes }),
    });
  }
  return usages;
}

function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^([\d.]+)([KMG]?i?)B/i.exec(text) ?? [];
  const power = ['', 'k', 'm', 'g'].indexOf(unit[0]?.toLowerCase() ?? '');
  return number === undefined ? undefined : Math.round(Number(number) * 1_024 ** power);
}
