import { dockerRuntime } from '../../compose/runtime/docker/docker.ts';
import { forgetCrashes } from '../../compose/runtime/native/crash-record.ts';
import { stopPart } from '../../compose/runtime/native/part-process.ts';
import { isWatched } from '../../compose/runtime/native/sign-of-life.ts';
import { startSupervisor } from '../../compose/runtime/native/supervision.ts';
import { parts as allParts } from '../../compose/parts.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';

/**
 * The Docker runtime with a supervisor. Docker restarts containers that crash, but none that hangs or that keeps crashing;
 * the supervisor, a process of this user, restarts those.
 */
export function supervisedDocker(stack: Stack): Runtime {
  const { stateDir } = stack;
  const runtime = dockerRuntime(stack);
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
