import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claudeFolder } from './claude-folder.ts';

test("is the user's own, with the folders that are mounted; a stand-in where they cannot be made", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-claude-'));
  try {
    const own = join(folder, 'home/.claude');
    expect(await claudeFolder(folder, { HOME: join(folder, 'home') })).toBe(own);
    expect(await readdir(own)).toEqual(['projects', 'sessions']);
    await writeFile(join(folder, 'file'), '');
    const env = { CLAUDE_CONFIG_DIR: join(folder, 'file') };
    expect(await claudeFolder(folder, env)).toBe(join(folder, 'claude'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
