import type { Part } from '../parts.ts';
import { diagnose } from './diagnosis.ts';
import { isHealthy, waitUntil } from './health.ts';
import type { UnwatchedRuntime, Stack } from './runtime.ts';
import { exitCodes, StackError } from '../system/stack-error.ts';

/**
 * Waits until parts are healthy, and shows how long each one took.
 *
 * @throws StackError with a part's last log lines, as soon as it exits or when it takes too long.
 */
export async function awaitHealthy(
  parts: readonly Part[],
  runtime: UnwatchedRuntime,
  stack: Pick<Stack, 'ports' | 'stateDir' | 'progress' | 'signal' | 'timeoutMillis'>,
  startedMillis = Date.now(),
) {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(stack.signal ? [stack.signal] : [])]);
  const waits = parts.map(async (part) => {
    stack.progress?.(part.name, 'starting');
    await awaitOne(part, runtime, { ...stack, signal });
    stack.progress?.(part.name, `healthy after ${((Date.now() - startedMillis) / 1_000).toFixed(1)} s`, true);
  });
  try {
    await Promise.all(waits);
  } finally {
    stop.abort();
    await Promise.allSettled(waits);
  }
}

async function awaitOne(
  part: Part,
  runtime: UnwatchedRuntime,
  stack: Pick<Stack, 'ports' | 'stateDir' | 'signal' | 'timeoutMillis'>,
): Promise<void> {
  const { signal, timeoutMillis = 60_000 } = stack;
  const isUp = async () => {
    if (await isHealthy(part, stack)) return true;
    if ((await runtime.running()).has(part.name)) return false;
    throw await partFailure(`${part.name} stopped right after it started`, part, runtime);
  };
  if (await waitUntil(isUp, timeoutMillis, signal)) return;
  const sentence = `${part.name} was not healthy within ${timeoutMillis / 1_000} s`;
  throw await partFailure(sentence, part, runtime, exitCodes.notHealthy);
}

/** The error for a part that did not start: the cause found in its log, a remedy, and its last log lines. */
export async function partFailure(
  sentence: string,
  { name }: Part,
  runtime: Pick<UnwatchedRuntime, 'logTail'>,
  exitCode?: number,
): Promise<StackError> {
  // 200, because a container may have restarted since.
  const log = (await runtime.logTail(name, 200)).filter((line) => line.trim());
  const { reason, remedy } = diagnose(name, log.join('\n')) ?? {};
  const lines = log.slice(-10).map((line) => `  ${line}`);
  return new StackError(reason === undefined ? `${sentence}.` : `${sentence}: ${reason}.`, {
    remedy: [...(remedy === undefined ? [] : [remedy]), 'Its last log lines:', ...lines].join('\n'),
    ...(exitCode !== undefined && { exitCode }),
  });
}
