import { forEachPart } from '../../parts.ts';
import { portsFrom } from '../../ports.ts';
import type { Stack } from '../runtime.ts';
import type { StackRecord } from '../state.ts';
import { startedParts } from './part-process.ts';

/** A record of the native parts that were started and not stopped, from their pid files. Undefined when there are none. */
export async function rebuiltRecord({
  stateDir,
  env,
}: Pick<Stack, 'stateDir' | 'env'>): Promise<StackRecord | undefined> {
  const started = await startedParts(stateDir);
  if (started.size === 0) return undefined;
  const chosen = portsFrom(env);
  const ports = forEachPart(({ name }) => ({ ...chosen[name], ...started.get(name) }));
  return { runtime: 'native', parts: [...started.keys()], ports };
}
