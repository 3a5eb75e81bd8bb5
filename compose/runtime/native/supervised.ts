import { parts as allParts } from '../../parts.ts';
import type { Runtime, Stack, UnwatchedRuntime } from '../runtime.ts';
import { forgetCrashes } from './crash-record.ts';
import { stopPart } from './part-process.ts';
import { isWatched } from './sign-of-life.ts';
import { startSupervisor } from './supervision.ts';

/**
 * A runtime with a supervisor, a process of this user that restarts the parts that crash or hang. Docker restarts containers
 * that crash, but none that hangs or that keeps crashing.
 */
export function supervised(runtime: UnwatchedRuntime, stack: Stack): Runtime {
  const { stateDir } = stack;
  return {
    ...runtime,
    start: async (parts) => {
      for (const { name } of parts) await forgetCrashes(stateDir, name);
      await runtime.start(parts);
    },
    watch: async () => await startSupervisor(stack),
    isWatched: async () => await isWatched(stateDir),
    stop: async (parts) => {
      if (parts.length === allParts.length) await stopPart('supervisor', stateDir);
      await runtime.stop(parts);
    },
  };
}
