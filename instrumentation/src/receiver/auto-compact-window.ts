import { statSync } from 'node:fs';
import { readRegularFileSync } from '../regular-file.ts';
import { PayloadReader } from './reports/payload-reader.ts';

/** Where to look for the setting. */
export interface AutoCompactSources {
  /** The environment of this process; `CLAUDE_CODE_AUTO_COMPACT_WINDOW` in it wins. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Claude Code's `settings.json`. */
  readonly settingsPath: string;
  /** Milliseconds since any origin. Default: the monotonic clock. */
  readonly now?: () => number;
}

/** The file is read again after this time, in milliseconds. */
const checkMillis = 5_000;

/**
 * Follows Claude Code's setting `autoCompactWindow`, in tokens: from the environment, or from the user's settings, where
 * `env.CLAUDE_CODE_AUTO_COMPACT_WINDOW` overrides `autoCompactWindow`. Returns `undefined` if there is none or it cannot be
 * read. It does not see a project's settings or `--autocompact`.
 */
export function autoCompactWindow({
  environment,
  settingsPath,
  now = () => performance.now(),
}: AutoCompactSources): () => number | undefined {
  const fixed = tokensIn(environment['CLAUDE_CODE_AUTO_COMPACT_WINDOW']);
  let [checkedMillis, modifiedMillis] = [-Infinity, Number.NaN];
  let tokens: number | undefined;
  return () => {
    if (fixed !== undefined || now() - checkedMillis < checkMillis) return fixed ?? tokens;
    checkedMillis = now();
    const { mtimeMs } = statSync(settingsPath, { throwIfNoEntry: false }) ?? { mtimeMs: Number.NaN };
    if (mtimeMs !== modifiedMillis) tokens = readFrom(settingsPath);
    modifiedMillis = mtimeMs;
    return tokens;
  };
}

function readFrom(path: string): number | undefined {
  try {
    const reader = new PayloadReader('api');
    const settings = reader.object(JSON.parse(readRegularFileSync(path)));
    const env = reader.object(settings['env']);
    return tokensIn(env['CLAUDE_CODE_AUTO_COMPACT_WINDOW']) ?? tokensIn(settings['autoCompactWindow']);
  } catch {
    return undefined;
  }
}

function tokensIn(value: unknown): number | undefined {
  return new PayloadReader('api').tokens(value) || undefined;
}
