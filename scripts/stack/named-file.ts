import { readRegularFile } from '#regular-file';
import { reasonOf } from '../../compose/system/stack-error.ts';

/**
 * The text of the file that a variable names, without spaces around it.
 *
 * @throws RangeError naming the variable, when the file cannot be read or is empty
 */
export async function secretIn(env: NodeJS.ProcessEnv, variable: string): Promise<string> {
  const path = env[variable] ?? '';
  try {
    const secret = (await readRegularFile(path)).trim();
    if (secret !== '') return secret;
  } catch (error) {
    throw new RangeError(`Expected ${variable} to name a file that can be read, got ${reasonOf(error)}`);
  }
  throw new RangeError(`Expected ${variable} to name a file with a secret in it, \`${path}\` is empty`);
}
