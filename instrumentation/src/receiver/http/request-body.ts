import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RequestProblem } from '../request-problem.ts';

/** Bytes of a JSON body at most. */
const jsonBodyBytes = 1_024 * 1_024;
/** Bytes of an OTLP body at most, unpacked. */
export const otlpBodyBytes = 4 * 1_024 * 1_024;

const unpack = promisify(gunzip);

/**
 * Reads and unpacks a request's body.
 *
 * @throws RequestProblem 413 where it is larger than `mostBytes`, 415 or 400 where it cannot be unpacked
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > mostBytes) throw tooLarge(mostBytes, declared);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge(mostBytes, bytes);
    chunks.push(chunk);
  }
  return unpacked(Buffer.concat(chunks), request.headers['content-encoding'] ?? 'identity', mostBytes);
}

/**
 * Reads a request's body as JSON.
 *
 * @throws RequestProblem 400 where it is not JSON; says nothing of what it is instead
 */
export async function readJson(request: IncomingMessage, mostBytes = jsonBodyBytes): Promise<unknown> {
  const body = await readBody(request, mostBytes);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new RequestProblem(400, 'body', 'JSON', `${body.length} bytes that are not`);
  }
}

async function unpacked(body: Buffer, encoding: string, mostBytes: number): Promise<Buffer> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new RequestProblem(415, 'content-encoding', '`gzip` or absent', encoding);
  try {
    return await unpack(body, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(mostBytes, 'more');
    throw new RequestProblem(400, 'body', 'gzip', `${body.length} bytes that are not`);
  }
}

function tooLarge(mostBytes: number, bytes: unknown): RequestProblem {
  return new RequestProblem(413, 'body', `at most ${mostBytes} bytes`, bytes);
}
