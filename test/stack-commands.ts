import { join } from 'node:path';
import { runCommand } from '../scripts/stack/command.ts';
import { freePortVariables, testFolder } from '../scripts/stack/test-folder.ts';

/** The stack commands as a user types them, on ports, state and a compose project of one test. */
export interface StackCommands extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv;
  readonly stateDir: string;
  /** Writes an executable shell script and gives its path. */
  readonly program: (name: string, script: string) => Promise<string>;
  /** Runs one command to its end. */
  run(...args: string[]): Promise<{ exitCode: number; stdout: string; output: string }>;
}

/** Makes a stack that never touches the one of the user, and stops it at the end. */
export async function stackCommands(
  runtime: 'docker' | 'native',
  more: NodeJS.ProcessEnv = {},
): Promise<StackCommands> {
  const folder = await testFolder();
  const stateDir = join(folder.path, 'state');
  const project = `ctxd-test-${process.pid}-${Date.now()}`;
  const env = {
    ...process.env,
    ...(await freePortVariables()),
    CTXD_STATE_DIR: stateDir,
    CTXD_PROJECT: project,
    ...more,
  };
  const script = join(import.meta.dirname, '../scripts/stack.ts');
  const run = async (command = '', ...args: string[]) =>
    await runCommand(process.execPath, [script, command, '--runtime', runtime, ...args], { env });
  return {
    env,
    stateDir,
    program: folder.program,
    run,
    [Symbol.asyncDispose]: async () => {
      await run('down');
      await folder[Symbol.asyncDispose]();
    },
  };
}
