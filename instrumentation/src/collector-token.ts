import { readFileSync } from 'node:fs';

/**
 * The bearer token that the collector wants, from the file that `CTXD_COLLECTOR_TOKEN_FILE` names; a file that is not
 * there is no token.
 *
 * @throws RangeError when the file is there and cannot be read
 */
export function collectorTokenIn(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const rule = 'Expected `CTXD_COLLECTOR_TOKEN_FILE` to be a file that can be read';
    throw new RangeError(`${rule}, got \`${path.slice(0, 64)}\` (${code})`, { cause });
  }
}
