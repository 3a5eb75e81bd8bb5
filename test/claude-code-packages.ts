import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../compose/system/command.ts';

/** The Claude Code version to test. `CLAUDE_CODE_VERSION` overrides it. */
export const version = process.env['CLAUDE_CODE_VERSION'] ?? '2.1.332';

/** The real Claude Code from its npm package, or the reason why it is not available. */
export type ClaudeCodeClient = { readonly command: string } | { readonly missing: string };

/** Installs Claude Code into a cache folder. It is not a dependency of this repository, because it takes up 400 MB. */
export async function claudeCodeClient(): Promise<ClaudeCodeClient> {
  const folder = join(homedir(), '.cache/ctxd', `claude-code-${version}`);
  const command = join(folder, 'node_modules/.bin/claude');
  const isHere = async () => (await runCommand(command, ['--version'])).stdout.startsWith(version);
  if (await isHere()) return { command };
  const problem = await install(folder, `@anthropic-ai/claude-code@${version}`);
  return (await isHere()) ? { command } : { missing: `Claude Code ${version} ${problem}` };
}

/**
 * Installs the Agent SDK that belongs to this version of Claude Code into a cache folder, without its own copy of Claude
 * Code: 2.1.332 has the SDK 0.3.332. Returns the path of its module, or the reason why it is not available.
 */
export async function agentSdk(): Promise<{ readonly module: string } | { readonly missing: string }> {
  const sdkVersion = version.replace(/^2\.1\./, '0.3.');
  const folder = join(homedir(), '.cache/ctxd', `claude-agent-sdk-${sdkVersion}`);
  const module = join(folder, 'node_modules/@anthropic-ai/claude-agent-sdk/sdk.mjs');
  const isHere = async () =>
    (await runCommand(process.execPath, ['--input-type=module', '--eval', `import '${module}'`])).exitCode ===
    0;
  if (await isHere()) return { module };
  const problem = await install(folder, `@anthropic-ai/claude-agent-sdk@${sdkVersion}`, [
    '--omit=optional',
    '--legacy-peer-deps',
  ]);
  return (await isHere()) ? { module } : { missing: `the Agent SDK ${sdkVersion} ${problem}` };
}

/** Returns why it failed, if it did. */
async function install(folder: string, what: string, options: readonly string[] = []): Promise<string> {
  await mkdir(folder, { recursive: true });
  const npm = ['install', '--no-audit', '--no-fund', ...options, '--prefix', folder, what];
  const { output } = await runCommand('npm', npm, { timeoutMillis: 300_000 });
  return `cannot be installed from npm: ${output.trim().split('\n').at(-1)}`;
}
