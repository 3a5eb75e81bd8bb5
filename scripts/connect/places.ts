import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { wrapperName } from './status-line.ts';

/** Which settings: the user's own for all projects, or those for one project. */
export type Scope = 'user' | 'project';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Claude Code keeps its settings, and we ours beside them. */
export interface Places {
  /** The settings file to connect. */
  readonly settings: string;
  /** All settings files that count for it, the weakest first, as Claude Code ranks them. */
  readonly ranked: readonly string[];
  /** The wrapper of the status line. */
  readonly wrapper: string;
  /** What the settings file was before connecting. */
  readonly record: string;
}

/**
 * Where everything is.
 *
 * For a project it is `settings.local.json`: ours name paths and ports of this machine, and `settings.json` is committed
 * for everybody. The wrapper and the records lie in Claude Code's own folder, so that a status line does not go blank
 * when this repository is moved or deleted.
 *
 * @param folder - the project's folder.
 * @see https://code.claude.com/docs/en/settings
 */
export function placesFor(scope: Scope, folder: string, env: Environment): Places {
  const home = resolve(env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] || homedir(), '.claude'));
  const user = join(home, 'settings.json');
  const shared = join(folder, '.claude/settings.json');
  const local = join(folder, '.claude/settings.local.json');
  const settings = scope === 'user' ? user : local;
  return {
    settings,
    ranked: scope === 'user' ? [user, managedSettings] : [user, shared, local, managedSettings],
    wrapper: join(home, 'ctxd', wrapperName),
    record: join(home, 'ctxd', `${createHash('sha256').update(settings).digest('hex').slice(0, 16)}.json`),
  };
}

/** Settings that an organization puts on its machines, above all others. */
const managedSettings =
  process.platform === 'darwin'
    ? '/Library/Application Support/ClaudeCode/managed-settings.json'
    : '/etc/claude-code/managed-settings.json';
