import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A mail server on this machine that accepts and keeps every mail. */
export interface MailServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** The mails as they were sent, headers and all. */
  readonly mails: readonly string[];
}

/** What the server requires of its clients. */
export interface MailServerOptions {
  /** Offers STARTTLS with this certificate, and refuses mail and passwords without it. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Refuses mail without this login. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** The state of a connection. */
interface Client {
  isSecure: boolean;
  isKnown: boolean;
}

/** Starts a mail server that speaks just enough SMTP (RFC 5321, 3207, 4954) to receive mail. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const mails: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).write('220 test\r\n');
    const client = { isSecure: options.tls === undefined, isKnown: options.login === undefined };
    converse(socket, client, options, mails);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function converse(socket: Socket, client: Client, options: MailServerOptions, mails: string[]): void {
  let unread = '';
  let isMail = false;
  const next = (): string | undefined => {
    const end = isMail ? '\r\n.\r\n' : '\r\n';
    const at = unread.indexOf(end);
    const text = unread.slice(0, Math.max(at, 0));
    if (at >= 0) unread = unread.slice(at + end.length);
    return at < 0 ? undefined : text;
  };
  const hear = (chunk: Buffer) => {
    unread += chunk.toString();
    for (let text = next(); text !== undefined; text = next()) {
      if (isMail) mails.push(text);
      const answer = isMail ? '250 ok' : answerTo(text, client, options);
      isMail = answer.startsWith('354');
      socket.write(`${answer}\r\n`);
      if (answer.startsWith('221')) socket.end();
      if (text !== 'STARTTLS' || options.tls === undefined) continue;
      socket.off('data', hear);
      const secure = new TLSSocket(socket, { isServer: true, ...options.tls });
      return converse(secure, { ...client, isSecure: true }, options, mails);
    }
  };
  socket.on('error', () => undefined).on('data', hear);
}

function answerTo(line: string, client: Client, { tls, login }: MailServerOptions): string {
  const [command = ''] = line.toUpperCase().split(' ');
  if (command === 'EHLO') {
    const lines = [
      'test',
      ...(tls && !client.isSecure ? ['STARTTLS'] : []),
      ...(login ? ['AUTH PLAIN'] : []),
    ];
    return lines.map((text, index) => `250${index < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
  }
  if (command === 'QUIT') return '221 bye';
  if (command === 'STARTTLS') return '220 go on';
  if (!client.isSecure) return '530 5.7.0 Must issue a STARTTLS command first';
  if (command === 'AUTH') {
    const known = Buffer.from(`\0${login?.user}\0${login?.password}`).toString('base64');
    client.isKnown = line === `AUTH PLAIN ${known}`;
    return client.isKnown ? '235 ok' : '535 5.7.8 Authentication credentials invalid';
  }
  if (!client.isKnown) return '530 5.7.0 Authentication required';
  return command === 'DATA' ? '354 go on' : '250 ok';
}
