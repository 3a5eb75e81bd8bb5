import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Due {
  readonly text: string;
  readonly atMillis: number;
}

const connections = 32;
const tickMillis = 5;

/**
 * Sends requests at a fixed rate, however slow the server is, over keep-alive connections with one request at a time on each.
 * The latency of a request starts when it is due, so it includes waiting for a connection.
 */
export class PacedClient implements Disposable {
  readonly #sockets: readonly Socket[];
  readonly #idle: Socket[];
  readonly #sent = new Map<Socket, Due>();
  readonly #due: Due[] = [];
  #latencies: number[] = [];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.#idle = [...sockets];
    for (const socket of sockets) socket.on('data', (answer: Buffer) => this.#receive(socket, answer));
  }

  /** Opens the connections. */
  static async connect(port: number): Promise<PacedClient> {
    const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').setNoDelay());
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return new PacedClient(sockets);
  }

  /**
   * Sends requests for a number of seconds.
   *
   * @param request returns the text of the next request
   * @returns the latency of each request in milliseconds
   */
  async run(request: () => string, perSecond: number, seconds: number): Promise<number[]> {
    this.#latencies = [];
    const started = performance.now();
    const total = perSecond * seconds;
    for (let made = 0; made < total; await sleep(tickMillis)) {
      const elapsedSeconds = (performance.now() - started) / 1_000;
      for (; made < Math.min(total, elapsedSeconds * perSecond); made += 1) {
        this.#due.push({ text: request(), atMillis: started + (made / perSecond) * 1_000 });
      }
      this.#send();
    }
    while (this.#due.length > 0 || this.#sent.size > 0) await sleep(tickMillis);
    return this.#latencies;
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #send(): void {
    while (this.#due.length > 0 && this.#idle.length > 0) {
      const [due, socket] = [this.#due.shift()!, this.#idle.pop()!];
      this.#sent.set(socket, due);
      socket.write(due.text);
    }
  }

  #receive(socket: Socket, answer: Buffer): void {
    const text = answer.toString('latin1');
    if (!text.startsWith('HTTP/1.1 204')) throw new Error(`Expected status 204, got ${text.slice(0, 64)}`);
    this.#latencies.push(performance.now() - this.#sent.get(socket)!.atMillis);
    this.#sent.delete(socket);
    this.#idle.push(socket);
    this.#send();
  }
}
