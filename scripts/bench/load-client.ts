import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { sessionIdOf } from './subject.ts';
import { sessionHeader } from './subjects/subject.ts';

const connections = 8;

/**
 * Sends requests to one server over 8 keep-alive connections, one request at a time on each. The sessions take turns. It does
 * less than a real client, to leave the CPU to the server.
 */
export class LoadClient implements Disposable {
  readonly #sockets: readonly Socket[];
  readonly #requests: readonly string[];
  #next = 0;
  #toSend = 0;
  #toReceive = 0;
  #run = Promise.withResolvers<void>();

  private constructor(sockets: readonly Socket[], sessions: number) {
    this.#sockets = sockets;
    this.#requests = Array.from({ length: sessions }, (_, index) => requestOf(sessionIdOf(index)));
    for (const socket of sockets) {
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => this.#receive(socket, text));
      socket.on('close', () => this.#run.reject(new Error('The measured server closed a connection')));
    }
  }

  /** Opens the connections. */
  static async connect(port: number, sessions: number): Promise<LoadClient> {
    const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').setNoDelay());
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return new LoadClient(sockets, sessions);
  }

  /**
   * Sends requests and waits for all responses.
   *
   * @param requests at least one per connection
   * @throws Error if a response is not an empty 204, or the server closes a connection
   */
  async run(requests: number): Promise<void> {
    this.#run = Promise.withResolvers<void>();
    this.#toSend = requests;
    this.#toReceive = requests;
    for (const socket of this.#sockets) this.#send(socket);
    await this.#run.promise;
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#run.promise.catch(() => {});
    for (const socket of this.#sockets) socket.destroy();
  }

  #send(socket: Socket): void {
    if (this.#toSend === 0) return;
    this.#toSend -= 1;
    socket.write(this.#requests[this.#next]!);
    this.#next = (this.#next + 1) % this.#requests.length;
  }

  #receive(socket: Socket, text: string): void {
    if (!text.startsWith('HTTP/1.1 204') || !text.endsWith('\r\n\r\n')) {
      this.#run.reject(new Error(`Expected an empty response with status 204, got ${text.slice(0, 64)}`));
      return;
    }
    this.#toReceive -= 1;
    if (this.#toReceive === 0) this.#run.resolve();
    this.#send(socket);
  }
}

function requestOf(sessionId: string): string {
  return `POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\n${sessionHeader}: ${sessionId}\r\ncontent-length: 0\r\n\r\n`;
}
