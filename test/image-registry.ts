import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../compose/system/command.ts';

/** A registry on this machine with one image and one tag, which can move to another image. */
export interface ImageRegistry extends AsyncDisposable {
  /** The reference of the image for `docker pull`. */
  readonly reference: string;
  /** Moves the tag to an image that differs from the others only in its label `word`. */
  push(word: string): void;
  /** Stops answering. */
  close(): Promise<void>;
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Serves one of this machine's images, by https://distribution.github.io/distribution/spec/api/. */
export async function imageRegistry(image: string, folder: string): Promise<ImageRegistry> {
  const { config, layers } = await savedImage(image, folder);
  const blobs = new Map(layers.map((layer) => [digestOf(layer), layer]));
  let latest = Buffer.alloc(0);
  const server = createServer((request, response) => {
    const [, kind, name = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    const bytes =
      kind === undefined
        ? Buffer.from('{}')
        : (blobs.get(name) ?? (kind === 'manifests' ? latest : undefined));
    if (bytes === undefined) return response.writeHead(404).end();
    const type = kind === 'manifests' ? manifestType : 'application/octet-stream';
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digestOf(bytes),
    });
    return response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const repository = `127.0.0.1:${(server.address() as AddressInfo).port}/ctxd-test`;
  const describe = (bytes: Buffer, mediaType: string) => ({
    mediaType,
    size: bytes.length,
    digest: digestOf(bytes),
  });
  return {
    reference: `${repository}:latest`,
    push: (word) => {
      const labelled = Buffer.from(
        JSON.stringify({ ...config, config: { ...config.config, Labels: { word } } }),
      );
      const manifest = {
        schemaVersion: 2,
        mediaType: manifestType,
        config: describe(labelled, 'application/vnd.docker.container.image.v1+json'),
        layers: layers.map((layer) => describe(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')),
      };
      latest = Buffer.from(JSON.stringify(manifest));
      for (const bytes of [labelled, latest]) blobs.set(digestOf(bytes), bytes);
    },
    close: async () => await server[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await server[Symbol.asyncDispose]();
      // Images that the tag pointed to before are still there, untagged.
      const { stdout } = await runCommand('docker', ['images', '--quiet', repository]);
      await runCommand('docker', ['image', 'rm', '--force', ...stdout.trim().split('\n')]);
    },
  };
}

/** The configuration and the layers of an image, as `docker save` writes them. */
async function savedImage(image: string, folder: string) {
  const archive = join(folder, 'image.tar');
  await runCommand('docker', ['save', '--output', archive, image]);
  await runCommand('tar', ['-xf', archive, '-C', folder]);
  const [saved]: [{ Config: string; Layers: string[] }] = JSON.parse(
    await readFile(join(folder, 'manifest.json'), 'utf8'),
  );
  const config: { config?: object } = JSON.parse(await readFile(join(folder, saved.Config), 'utf8'));
  return { config, layers: await Promise.all(saved.Layers.map((layer) => readFile(join(folder, layer)))) };
}
