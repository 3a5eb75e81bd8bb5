import { forEachPart } from '../../compose/parts.ts';
import { type Ports, portsFrom } from '../../compose/ports.ts';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';

/** The ports that the stack was started on; for parts it did not start, those of the environment. */
export function currentPorts(env: NodeJS.ProcessEnv, record: StackRecord | undefined): Ports {
  const chosen = chosenPorts(env);
  const started: Partial<Ports> = record?.ports ?? {};
  return forEachPart(({ name }) => {
    const { main, health } = started[name] ?? chosen[name];
    return { ...chosen[name], main, health };
  });
}

/**
 * The ports of the environment.
 *
 * @throws UsageError naming a variable that is not a port
 */
export function chosenPorts(env: NodeJS.ProcessEnv): Ports {
  try {
    return portsFrom(env);
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}
