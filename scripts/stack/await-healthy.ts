import type { Part } from '../../compose/parts.ts';
import { answers, healthUrlOf, waitUntil } from './health.ts';
import type { Runtime, Stack } from './runtime.ts';
import { exitCodes, StackError } from './stack-error.ts';

const timeoutMillis = 60_000;

/**
 * Waits until parts are healthy.
 *
 * @throws StackError with the part's last log lines, as soon as it stops by itself, or when it takes longer than a minute.
 */
export async function awaitHealthy(
  parts: readonly Part[],
  runtime: Runtime,
  { ports }: Pick<Stack, 'ports'>,
) {
  for (const part of parts) {
    const isHealthy = async () => {
      if (await answers(healthUrlOf(part, ports))) return true;
      if ((await runtime.running()).has(part.name)) return false;
      throw await failure(`${part.name} stopped right after its start.`, part, runtime);
    };
    if (await waitUntil(isHealthy, timeoutMillis)) continue;
    const sentence = `${part.name} was not healthy within ${timeoutMillis / 1_000} s.`;
    throw await failure(sentence, part, runtime, exitCodes.notHealthy);
  }
}

async function failure(
  sentence: string,
  { name }: Part,
  runtime: Runtime,
  exitCode?: number,
): Promise<StackError> {
  const log = (await runtime.logTail(name, 10)).filter((line) => line.trim()).map((line) => `  ${line}`);
  return new StackError(sentence, {
    remedy: ['Its last log lines:', ...log].join('\n'),
    ...(exitCode !== undefined && { exitCode }),
  });
}
