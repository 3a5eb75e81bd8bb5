import type { Finished } from '../stack-commands.ts';

/**
 * Waits for a command.
 *
 * @returns its output
 * @throws Error with its output if its exit status is another one
 */
export async function expectExit(status: number, command: Promise<Finished>): Promise<string> {
  const { exitCode, output } = await command;
  if (exitCode === status) return output;
  throw new Error(`a command exited with ${exitCode} instead of ${status}: ${output.trim()}`);
}
