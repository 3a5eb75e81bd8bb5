import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from '../../compose/parts.ts';
import type { Ports } from '../../compose/ports.ts';

/** Whether a URL answers with success right now. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Where a part is reached from this machine. */
export function urlOf({ name }: Pick<Part, 'name'>, ports: Ports): string {
  return `http://127.0.0.1:${ports[name].main}`;
}

/** Where a part's health is asked. */
export function healthUrlOf({ name, healthPath }: Part, ports: Ports): string {
  return `http://127.0.0.1:${ports[name].health}${healthPath}`;
}

/** Waits for a condition; tells whether it came true in time. What the condition throws ends the waiting. */
export async function waitUntil(condition: () => Promise<boolean>, timeoutMillis: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMillis;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
