import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the page. It is compressed once, when it is loaded. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly packed: Buffer;
  readonly etag: string;
}

const folder = resolve(import.meta.dirname, '../../generated/web');

/** Loads the page's files, by URL path. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  return new Map([
    ['/', asset('index.html', 'text/html')],
    ['/page/app.js', asset('app.js', 'text/javascript')],
    ['/page/app.css', asset('app.css', 'text/css')],
  ]);
}

function asset(name: string, type: string): Asset {
  const body = readFileSync(join(folder, name));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 24)}"`;
  return { type: `${type}; charset=utf-8`, body, packed: gzipSync(body, { level: 9 }), etag };
}
