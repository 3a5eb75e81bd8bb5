import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A mail server on this machine that takes every mail and keeps it. */
export interface MailServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** The mails as they were sent, headers and all. */
  readonly mails: readonly string[];
}

/** Starts a mail server that speaks just enough SMTP (RFC 5321) to be handed a mail. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = createServer((socket) => converse(socket, mails));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function converse(socket: Socket, mails: string[]): void {
  let unread = '';
  let isMail = false;
  const next = (): string | undefined => {
    const end = isMail ? '\r\n.\r\n' : '\r\n';
    const at = unread.indexOf(end);
    const text = unread.slice(0, Math.max(at, 0));
    if (at >= 0) unread = unread.slice(at + end.length);
    return at < 0 ? undefined : text;
  };
  socket.setEncoding('utf8').write('220 test\r\n');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    unread += chunk;
    for (let text = next(); text !== undefined; text = next()) {
      if (isMail) mails.push(text);
      isMail = !isMail && /^DATA/i.test(text);
      socket.write(isMail ? '354 go on\r\n' : '250 ok\r\n');
      if (/^QUIT$/i.test(text)) socket.end();
    }
  });
}
