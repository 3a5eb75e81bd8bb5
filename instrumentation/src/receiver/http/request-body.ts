import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseBoundedJson } from '../bounded-json.ts';
import { RequestProblem } from '../request-problem.ts';

/** Most bytes of a JSON body. */
const jsonBodyBytes = 1_024 * 1_024;
/** Most bytes of an OTLP body after decompression: with raw API bodies switched on, 5 MB are common. */
export const otlpBodyBytes = 16 * 1_024 * 1_024;

/** Most bytes of all bodies that are being read at the same time, in all receivers of this process. */
const heldBodyBytes = 64 * 1_024 * 1_024;
let heldBytes = 0;

const decompress = promisify(gunzip);

/**
 * Reads and decompresses a request's body.
 *
 * @param mostBytes applies before and after decompression
 * @throws RequestProblem 413 if it is too large, 429 while other bodies take all the memory for them, 415 for an unknown encoding, 400 for invalid gzip
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > mostBytes) throw tooLarge(mostBytes, declared);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  return decompressed(await wholeBody(request, mostBytes), encoding, mostBytes);
}

async function wholeBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      heldBytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(mostBytes, bytes);
      if (heldBytes > heldBodyBytes) {
        const rule = `sent again later: the receiver is reading ${heldBodyBytes} bytes of others`;
        throw new RequestProblem(429, 'body', rule, bytes);
      }
      chunks.push(chunk);
    }
  } finally {
    heldBytes -= bytes;
  }
  return Buffer.concat(chunks);
}

/**
 * Reads a request's body as JSON.
 *
 * @param mostBytes default 1 MiB
 * @throws RequestProblem 400 if it is not JSON, without quoting the body; otherwise as {@link readBody} does
 */
export async function readJson(request: IncomingMessage, mostBytes = jsonBodyBytes): Promise<unknown> {
  const body = await readBody(request, mostBytes);
  try {
    return parseBoundedJson(body);
  } catch (error) {
    const rule = (error as SyntaxError).message.replace('Expected ', '');
    throw new RequestProblem(400, 'body', rule, `${body.length} bytes that are not`);
  }
}

async function decompressed(body: Buffer, encoding: string, mostBytes: number): Promise<Buffer> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new RequestProblem(415, 'content-encoding', '`gzip` or absent', encoding);
  try {
    return await decompress(body, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(mostBytes, 'more');
    throw new RequestProblem(400, 'body', 'gzip', `${body.length} bytes that are not`);
  }
}

function tooLarge(mostBytes: number, bytes: unknown): RequestProblem {
  return new RequestProblem(413, 'body', `at most ${mostBytes} bytes`, bytes);
}
