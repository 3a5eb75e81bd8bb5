import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { runCommand } from '../compose/system/command.ts';

/** A key and its certificate, which is its own authority. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for a host name, valid for a day. */
export async function certificateFor(name: string): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-certificate-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=${name}`;
  const args = [
    ...words.split(' '),
    '-addext',
    `subjectAltName=DNS:${name}`,
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ];
  const { exitCode, output } = await runCommand('openssl', args);
  if (exitCode !== 0) throw new Error(output);
  const [key, cert] = [await readFile(keyFile, 'utf8'), await readFile(certFile, 'utf8')];
  await rm(folder, { recursive: true });
  return { key, cert };
}

interface Gate extends AsyncDisposable {
  readonly port: number;
}

/** Accepts TLS and passes what is in it on to a port of this machine. */
export async function startTlsGate(to: number, certificate: Certificate): Promise<Gate> {
  return await listening(createTlsServer(certificate, (socket) => bridge(socket, connect(to, '127.0.0.1'))));
}

/**
 * A proxy for HTTPS, such as companies have.
 *
 * @param hosts - the ports of this machine that stand for hosts, such as `ctxd.example:443`
 */
export async function startConnectProxy(hosts: Readonly<Record<string, number>>): Promise<Gate> {
  const server = createHttpServer();
  server.on('connect', ({ url = '' }, client: Socket) => {
    const port = hosts[url];
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    } else {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      bridge(client, connect(port, '127.0.0.1'));
    }
  });
  return await listening(server);
}

async function listening(server: Server): Promise<Gate> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function bridge(one: Socket, other: Socket): void {
  const end = () => [one, other].forEach((socket) => socket.destroy());
  for (const socket of [one, other]) socket.on('error', end).on('close', end);
  one.pipe(other).pipe(one);
}
