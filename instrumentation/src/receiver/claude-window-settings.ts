import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFileSync } from '../regular-file.ts';
import { PayloadReader } from './reports/payload-reader.ts';

/** Where to look for the settings. */
export interface ClaudeSettingsSources {
  /** The environment of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Claude Code's `settings.json`. */
  readonly settingsPath: string;
  /** Milliseconds since any origin. Default: the monotonic clock. */
  readonly now?: () => number;
}

/** Returns the setting `autoCompactWindow` for a session's folder, in tokens; `undefined` if there is none. */
export type AutoCompactWindow = (folder?: string) => number | undefined;

/** Claude Code's settings about the context window, each for a session's folder. */
export interface ClaudeWindowSettings {
  /** From the environment; else `env.CLAUDE_CODE_AUTO_COMPACT_WINDOW` in any file, else `autoCompactWindow`. */
  readonly autoCompactWindow: AutoCompactWindow;
  /**
   * Whether the large window is disabled by `CLAUDE_CODE_DISABLE_1M_CONTEXT`: in `env` of a file, else in the environment. Claude
   * Code then gives every model 200,000 tokens (seen with 2.1.332).
   */
  readonly isLargeDisabled: (folder?: string) => boolean;
}

/** A file is read again after this time, in milliseconds. */
const checkMillis = 5_000;
/** The most files to remember. */
const mostFiles = 1_000;

/**
 * Follows Claude Code's settings about the context window: those of the user and of the project, where `settings.local.json` is
 * the strongest. A file that cannot be read sets nothing.
 *
 * Source: https://code.claude.com/docs/en/settings
 */
export function claudeWindowSettings({
  environment,
  settingsPath,
  now = () => performance.now(),
}: ClaudeSettingsSources): ClaudeWindowSettings {
  const fixedTokens = tokensIn(environment['CLAUDE_CODE_AUTO_COMPACT_WINDOW']);
  const isDisabled = isOn(environment['CLAUDE_CODE_DISABLE_1M_CONTEXT']) === true;
  const read = settingsReader(now);
  const strongest = <Key extends keyof WindowSetting>(key: Key, folder?: string): WindowSetting[Key] =>
    filesFor(settingsPath, folder)
      .map((path) => read(path)[key])
      .findLast((value) => value !== undefined);
  return {
    autoCompactWindow: (folder) =>
      fixedTokens ?? strongest('variable', folder) ?? strongest('setting', folder),
    isLargeDisabled: (folder) => strongest('isLargeDisabled', folder) ?? isDisabled,
  };
}

/** The settings of the user and of the project, weakest first. */
function filesFor(settingsPath: string, folder: string | undefined): string[] {
  if (folder === undefined) return [settingsPath];
  const project = ['settings.json', 'settings.local.json'].map((name) => join(folder, '.claude', name));
  return [settingsPath, ...project];
}

function isOn(value: unknown): boolean | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return ['1', 'true', 'yes', 'on'].includes(String(value).toLowerCase());
}

interface WindowSetting {
  readonly isLargeDisabled?: boolean | undefined;
  readonly variable?: number | undefined;
  readonly setting?: number | undefined;
}

function settingsReader(now: () => number): (path: string) => WindowSetting {
  const known = new Map<string, { checkedMillis: number; modifiedMillis: number; read: WindowSetting }>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined && now() - before.checkedMillis < checkMillis) return before.read;
    const modifiedMillis = modifiedAt(path);
    const isSame = before?.modifiedMillis === modifiedMillis;
    const read = isSame ? before.read : readFrom(path);
    if (known.size >= mostFiles) known.clear();
    known.set(path, { checkedMillis: now(), modifiedMillis, read });
    return read;
  };
}

function modifiedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function readFrom(path: string): WindowSetting {
  try {
    const reader = new PayloadReader('api');
    const settings = reader.object(JSON.parse(readRegularFileSync(path)));
    const env = reader.object(settings['env']);
    return {
      isLargeDisabled: isOn(env['CLAUDE_CODE_DISABLE_1M_CONTEXT']),
      variable: tokensIn(env['CLAUDE_CODE_AUTO_COMPACT_WINDOW']),
      setting: tokensIn(settings['autoCompactWindow']),
    };
  } catch {
    return {};
  }
}

function tokensIn(value: unknown): number | undefined {
  return new PayloadReader('api').tokens(value) || undefined;
}
