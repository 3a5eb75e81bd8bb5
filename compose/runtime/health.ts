import { setTimeout as sleep } from 'node:timers/promises';
import { type Part, type PartName, partNamed } from '../parts.ts';
import type { Ports } from '../ports.ts';
import { authorizationFor } from './login.ts';
import type { Stack } from './runtime.ts';

/** Whether a part is healthy right now. */
export async function isHealthy(
  part: Part,
  { ports, stateDir }: Pick<Stack, 'ports' | 'stateDir'>,
): Promise<boolean> {
  return await answers(healthUrlOf(part, ports), await authorizationFor(part, stateDir));
}

/** Whether a URL responds with success within 2 s. */
export async function answers(url: string, authorization?: string): Promise<boolean> {
  const headers = new Headers(authorization === undefined ? {} : { authorization });
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The URL of a part on this machine. */
export function urlOf(name: PartName, ports: Ports): string {
  return `http://${ports[name].host ?? '127.0.0.1'}:${ports[name].main}`;
}

/** The URL of a part's health check. */
export function healthUrlOf(part: Part, ports: Ports): string {
  const url =
    part.healthPort === undefined ? urlOf(part.name, ports) : `http://127.0.0.1:${ports[part.name].health}`;
  return `${url}${part.healthPath}`;
}

/** Whether VictoriaMetrics rejects samples, as it does on a full disk although its health check succeeds. */
export async function isReadOnly({ ports, stateDir }: Pick<Stack, 'ports' | 'stateDir'>): Promise<boolean> {
  const authorization = (await authorizationFor(partNamed('victoriametrics'), stateDir)) ?? '';
  try {
    const response = await fetch(`${urlOf('victoriametrics', ports)}/metrics`, {
      headers: { authorization },
      signal: AbortSignal.timeout(2_000),
    });
    return /^vm_storage_is_read_only(\{.*\})? 1$/m.test(await response.text());
  } catch {
    return false;
  }
}

/**
 * Waits for a condition, and returns whether it became true in time.
 *
 * @throws what the condition throws, or the reason of `signal`.
 */
export async function waitUntil(
  condition: () => Promise<boolean>,
  timeoutMillis: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMillis;
  while (!(await condition())) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
