import type { PartName } from '../../parts.ts';
import { lastWords, runCommand } from '../../system/command.ts';
import { StackError } from '../../system/stack-error.ts';
import { containersOf } from './containers.ts';

/**
 * Restarts the container of a part, or starts it if it has ended.
 *
 * @throws StackError with Docker's reason
 */
export async function restartContainer(name: PartName, env: NodeJS.ProcessEnv): Promise<void> {
  const containers = await containersOf(env.CTXD_PROJECT || 'ctxd', env);
  const container = containers.find((one) => one.name === name);
  if (container === undefined) throw new StackError(`${name} has no container.`);
  // It gets 5 s to stop. One that hangs takes all of them.
  const result = await runCommand('docker', ['restart', '--time', '5', container.id], { env });
  if (result.exitCode !== 0) throw new StackError(`Docker could not restart ${name}: ${lastWords(result)}`);
}
