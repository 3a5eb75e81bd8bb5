import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { claudeFolders } from '../../compose-file.ts';

/**
 * The folder of Claude Code whose transcripts and session files the receiver's container reads: `CLAUDE_CONFIG_DIR`, or
 * `~/.claude`. Makes those folders where they are missing, because Docker would make them for root. Where that is impossible,
 * an empty folder in the state folder stands in.
 */
export async function claudeFolder(stateDir: string, env: NodeJS.ProcessEnv): Promise<string> {
  const own = env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] || homedir(), '.claude');
  return await withFolders(own).catch(() => withFolders(join(stateDir, 'claude')));
}

async function withFolders(folder: string): Promise<string> {
  for (const name of claudeFolders) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  return folder;
}
