import { readRegularFileSync } from './regular-file.ts';

/**
 * Reads the collector's bearer token.
 *
 * @param path the value of `CTXD_COLLECTOR_TOKEN_FILE`
 * @returns `undefined` if the path is empty or the file is missing or empty
 * @throws RangeError if the file exists but cannot be read
 */
export function collectorTokenIn(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readRegularFileSync(path).trim() || undefined;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const rule = 'Expected `CTXD_COLLECTOR_TOKEN_FILE` to be a readable file';
    throw new RangeError(`${rule}, got \`${path.slice(0, 64)}\` (${code})`, { cause });
  }
}
