import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { wrapperName } from './status-line.ts';

/** The settings to connect: `user` covers all projects, `project` only one. */
export type Scope = 'user' | 'project';

type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of Claude Code's settings and of the files that connecting stores next to them. */
export interface Places {
  /** The settings file to connect. */
  readonly settings: string;
  /** All settings files that Claude Code applies, lowest precedence first. */
  readonly ranked: readonly string[];
  /** The script that the hooks and the status line run. */
  readonly wrapper: string;
  /** The file that records the settings file from before connecting. */
  readonly record: string;
  /** The folder that has a file for each running Claude Code process. */
  readonly sessions: string;
}

/**
 * The paths for a scope.
 *
 * A project is connected in its `settings.local.json`: our settings contain paths and ports of this machine, but
 * `settings.json` is committed for everybody. The script and the records are in Claude Code's own folder, so that the status
 * line still works after this repository is moved or deleted.
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
    sessions: join(home, 'sessions'),
    record: join(home, 'ctxd', `${createHash('sha256').update(settings).digest('hex').slice(0, 16)}.json`),
  };
}

/** The settings that an organization manages. They override all others. */
const managedSettings =
  process.platform === 'darwin'
    ? '/Library/Application Support/ClaudeCode/managed-settings.json'
    : '/etc/claude-code/managed-settings.json';
