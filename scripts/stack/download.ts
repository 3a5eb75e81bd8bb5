import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Program, Release } from '../../compose/programs.ts';
import { NotAvailable, type Sources, thisTarget } from './acquire.ts';
import { lastWords, runCommand } from './command.ts';
import { reasonOf, StackError } from './stack-error.ts';

/**
 * Downloads a program's release into `draft/result`.
 *
 * @throws NotAvailable when the release site cannot be reached or lacks the file.
 * @throws StackError when the archive does not have the published checksum.
 */
export async function download({ name, version, release }: Program, draft: string, { env, print }: Sources) {
  const { url: ownUrl, checksumsUrl, ...content } = release(thisTarget());
  const url = mirrored(ownUrl, env.CTXD_RELEASES_URL);
  const published = publishedChecksum(
    await text(mirrored(checksumsUrl, env.CTXD_RELEASES_URL)),
    basename(url),
  );
  print(`Downloading ${name} ${version} from ${new URL(url).host} …`);
  const archive = join(draft, 'archive.tar.gz');
  const actual = await save(url, archive);
  if (actual !== published) throw checksumMismatch(url, published, actual);
  await unpack(archive, join(draft, 'result'), content);
}

/** The same path on a mirror, where one is given. */
export function mirrored(url: string, mirror: string | undefined): string {
  return mirror ? mirror.replace(/\/$/, '') + new URL(url).pathname : url;
}

/**
 * The checksum of one file out of a published list: lines of checksum and name, or the checksum alone.
 *
 * @throws NotAvailable when the list does not have it.
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
    remedy: 'Nothing was kept. Try again; if it stays so, do not trust that download.',
  });
}

async function text(url: string): Promise<string> {
  const response = await reach(url);
  return await response.text();
}

async function save(url: string, path: string): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const { body } = await reach(url);
  try {
    await pipeline(body ?? [], hashing, createWriteStream(path));
  } catch (error) {
    throw new NotAvailable(`the download of ${url} broke off (${reasonOf(error)})`, { cause: error });
  }
  return hash.digest('hex');
}

async function reach(url: string): Promise<Response> {
  const { host } = new URL(url);
  const response = await fetch(url).catch((error: unknown) => {
    throw new NotAvailable(`${host} cannot be reached (${reasonOf(error)})`, { cause: error });
  });
  if (!response.ok) throw new NotAvailable(`${host} answers ${response.status} to ${url}`);
  return response;
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
  if (result.exitCode !== 0) throw new NotAvailable(`its archive does not unpack (${lastWords(result)})`);
}
