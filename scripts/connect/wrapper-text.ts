import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedPath, stateDirFrom } from '../../compose/runtime/state.ts';
import { quoted, wrapperName } from './status-line.ts';

/** The text of the script that the hooks and the status line run, with the path of the stack's token for the receiver. */
export async function wrapperText(env: NodeJS.ProcessEnv): Promise<string> {
  const text = await readFile(join(import.meta.dirname, wrapperName), 'utf8');
  const file = quoted(sharedPath(stateDirFrom(env), 'receiverToken'));
  return text.replace("token_file=''", () => `token_file=${file}`);
}
