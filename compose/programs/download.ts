import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Program, Release } from './programs.ts';
import { bytesInWords } from '../system/bytes.ts';
import { lastWords, runCommand } from '../system/command.ts';
import { NotAvailable, type Sources, thisTarget } from './sources.ts';
import { reasonOf, StackError } from '../system/stack-error.ts';

/**
 * Downloads a program's release into `draft/result`. An interrupted download is kept beside the
 * draft and resumed the next time.
 *
 * @throws NotAvailable when the release site cannot be reached or lacks the file.
 * @throws StackError when the archive does not have the published checksum.
 */
export async function download({ name, version, release }: Program, draft: string, sources: Sources) {
  const { env, print } = sources;
  const { url: ownUrl, checksumsUrl, ...content } = release(thisTarget());
  const url = mirrored(ownUrl, env.CTXD_RELEASES_URL);
  const list = await text(mirrored(checksumsUrl, env.CTXD_RELEASES_URL), sources);
  const published = publishedChecksum(list, basename(url));
  print(`Downloading ${name} ${version} from ${new URL(url).host} …`);
  // Named by the checksum, so that only the same file is resumed.
  const archive = join(dirname(draft), `.partial-${published}`);
  await save(url, archive, sources);
  const actual = await checksumOf(archive);
  try {
    if (actual !== published) throw checksumMismatch(url, published, actual);
    await unpack(archive, join(draft, 'result'), content);
  } finally {
    await rm(archive, { force: true });
  }
}

/** The same path on a mirror, if there is one. */
export function mirrored(url: string, mirror: string | undefined): string {
  return mirror ? mirror.replace(/\/$/, '') + new URL(url).pathname : url;
}

/**
 * The checksum of one file in a published list: lines of checksum and name, or the checksum alone.
 *
 * @throws NotAvailable when the list lacks it.
 */
export function publishedChecksum(list: string, fileName: string): string {
  for (const line of list.split('\n')) {
    const [checksum = '', name = fileName] = line.trim().split(/\s+\*?/);
    if (name === fileName && /^[0-9a-f]{64}$/i.test(checksum)) return checksum.toLowerCase();
  }
  throw new NotAvailable(`no checksum of ${fileName} is published`);
}

function checksumMismatch(url: string, published: string, actual: string): StackError {
  return new StackError(`Refused ${url}: its SHA-256 is ${actual}, but ${published} is published.`, {
    remedy: 'Nothing was kept. Try again; if it happens again, do not trust this download.',
  });
}

async function text(url: string, sources: Sources): Promise<string> {
  const response = await reach(url, sources);
  return await response.text();
}

async function save(url: string, path: string, sources: Sources): Promise<void> {
  const present = (await stat(path).catch(() => undefined))?.size ?? 0;
  const response = await reach(url, sources, present > 0 ? { range: `bytes=${present}-` } : {});
  const resumed = response.status === 206;
  const totalBytes = Number(response.headers.get('content-length') ?? 0) + (resumed ? present : 0);
  const counting = percentages(resumed ? present : 0, totalBytes, sources.print);
  const { signal } = sources;
  try {
    const file = createWriteStream(path, { flags: resumed ? 'a' : 'w' });
    await pipeline(response.body ?? [], counting, file, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new NotAvailable(`the download of ${url} was interrupted (${reasonOf(error)})`, { cause: error });
  }
}

/** Prints every two seconds how much has arrived. */
function percentages(startBytes: number, totalBytes: number, print: Sources['print']): Transform {
  let [bytes, printedMillis] = [startBytes, Date.now()];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (Date.now() - printedMillis > 2_000) {
        printedMillis = Date.now();
        print(`  ${bytesInWords(bytes)}${totalBytes > 0 ? ` of ${bytesInWords(totalBytes)}` : ''}`);
      }
      done(null, chunk);
    },
  });
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Hosts that did not answer, and why. This process does not try them again. */
const silentHosts = new Map<string, string>();

async function reach(
  url: string,
  { signal }: Sources,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { host } = new URL(url);
  const known = silentHosts.get(host);
  if (known !== undefined) throw new NotAvailable(known);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new Error('no answer within 5 s')), 5_000);
  const either = AbortSignal.any([patience.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await fetch(url, { headers, signal: either });
    if (response.ok) return response;
    throw new NotAvailable(`${host} answered ${response.status} to ${url}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NotAvailable) throw error;
    const words = `${host} cannot be reached (${reasonOf(error)})`;
    silentHosts.set(host, words);
    throw new NotAvailable(words, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(archive: string, folder: string, { member, strip }: Pick<Release, 'member' | 'strip'>) {
  const members = member === undefined ? [] : [member];
  const result = await runCommand('tar', [
    '-xzf',
    archive,
    '-C',
    folder,
    `--strip-components=${strip}`,
    ...members,
  ]);
  if (result.exitCode !== 0) throw new NotAvailable(`its archive cannot be unpacked (${lastWords(result)})`);
}
