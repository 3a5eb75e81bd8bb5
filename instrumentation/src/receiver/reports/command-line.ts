import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { mostTokens } from './payload-reader.ts';

/** The command line of a process, with its arguments separated by spaces; empty if the system does not show it. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words.replaceAll('\0', ' ').trim();
  }
  const shown = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => undefined);
  return shown?.stdout.trim() ?? '';
}

/**
 * The tokens in the argument `--autocompact` of Claude Code, such as 120000 or 120k; `auto`, which overrides the settings,
 * gives the most that is possible. `undefined` without the argument.
 */
export function autoCompactArgument(commandLine: string): number | undefined {
  const [, value = '', factor = ''] =
    /\s--autocompact[= ](auto|\d{1,9})(k|m)?(?=\s|$)/i.exec(commandLine) ?? [];
  if (value === '') return undefined;
  if (value.toLowerCase() === 'auto') return mostTokens;
  const tokens = Number(value) * ({ k: 1_000, m: 1_000_000 }[factor.toLowerCase()] ?? 1);
  return tokens >= 1 && tokens <= mostTokens ? tokens : undefined;
}
