import { runCommand } from '../../compose/system/command.ts';
import type { Connection } from './connected-settings.ts';
import type { Endpoints } from '../reach/endpoints.ts';
import { hooksSince, receiverTokenVariable, type Settings } from './hooks.ts';
import type { Places } from './places.ts';
import { readSettings } from './settings-file.ts';
import { conflictsWith, helperConflict, isSet, type Variables } from './telemetry.ts';

/** The version of Claude Code on the PATH, such as `2.1.240`, or `undefined` if it is not installed. */
export async function claudeVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { exitCode, stdout } = await runCommand('claude', ['--version'], { env, timeoutMillis: 10_000 });
  return exitCode === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : undefined;
}

/** Whether one version is older than another. */
export function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

/** A settings file that Claude Code applies, with its content. */
export interface RankedSettings {
  readonly path: string;
  readonly settings: Settings;
}

/** The settings files that Claude Code applies, lowest precedence first. Like Claude Code, treats an unreadable file as empty. */
export async function rankedSettings({ ranked }: Places): Promise<RankedSettings[]> {
  const files = ranked.map(async (path) => {
    const { settings } = await readSettings(path).catch(() => ({ settings: {} }));
    return { path, settings };
  });
  return await Promise.all(files);
}

interface Surroundings {
  readonly endpoints: Endpoints;
  readonly places: Places;
  /** The settings that apply. Those of the file to connect do not include ours. */
  readonly ranked: readonly RankedSettings[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string | undefined;
  readonly wantsStatusLine: boolean;
  readonly nudge: boolean;
  readonly replaceStatusLine?: boolean | undefined;
}

/** Works out the settings to add, and the reason for each one that is left out. */
export function connectionIn(surroundings: Surroundings): Connection {
  const { endpoints, places, ranked, env, version } = surroundings;
  const weaker = ranked.slice(
    0,
    ranked.findIndex(({ path }) => path === places.settings),
  );
  const files = ranked.map(({ path, settings }) => ({
    where: path,
    variables: settings['env'] as Variables,
  }));
  return {
    ...endpoints,
    wrapper: places.wrapper,
    inheritedStatusLine: weaker.findLast(({ settings }) => isSet(settings['statusLine']))?.settings[
      'statusLine'
    ],
    receiverWantsToken: isSet(env[receiverTokenVariable]),
    conflicts: [
      ...conflictsWith(endpoints.collectorUrl, [{ where: 'your shell', variables: env }, ...files]),
      ...helperConflict(endpoints.collectorTokenFile, ranked),
    ],
    noHooks: hooksProblem(version),
    nudge: surroundings.nudge,
    replaceStatusLine: surroundings.replaceStatusLine,
    noStatusLine: statusLineProblem(surroundings.wantsStatusLine),
  };
}

function hooksProblem(version: string | undefined): string | undefined {
  if (process.platform === 'win32') return 'Left out: they need a POSIX shell. Telemetry works without them.';
  if (version === undefined || !isOlder(version, hooksSince)) return undefined;
  return `Left out: Claude Code ${version} does not support them. Update it to ${hooksSince} or later, then connect again.`;
}

function statusLineProblem(isWanted: boolean): string | undefined {
  if (!isWanted) return 'Unchanged, as you asked.';
  if (process.platform !== 'win32') return undefined;
  return 'Unchanged: ours needs a POSIX shell. Telemetry works without it.';
}
