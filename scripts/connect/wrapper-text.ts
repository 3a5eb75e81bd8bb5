import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctxdScript } from '../../compose/system/folders.ts';
import { sharedPath, stateDirFrom } from '../../compose/runtime/state.ts';
import { quoted, wrapperName } from './status-line.ts';

/** The text of the script that the hooks and the status line run, with the paths of the receiver's token, of Node and of ctxd. */
export async function wrapperText(env: NodeJS.ProcessEnv): Promise<string> {
  const text = await readFile(join(import.meta.dirname, wrapperName), 'utf8');
  const file = quoted(sharedPath(stateDirFrom(env), 'receiverToken'));
  return text
    .replace("token_file=''", () => `token_file=${file}`)
    .replace("node='' ctxd=''", () => `node=${quoted(process.execPath)} ctxd=${quoted(ctxdScript)}`);
}
