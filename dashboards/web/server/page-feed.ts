import { PassThrough } from 'node:stream';
import { changeBetween, type PageState } from '../page-state.ts';
import type { PageReader } from './page-reader.ts';

/** The most unsent bytes that a tab may have. Beyond that it is disconnected; it reconnects and gets the whole state. */
const mostBehindBytes = 4 * 1_024 * 1_024;

/** While any tab is connected, reads the state at intervals and sends the changes to every tab. */
export class PageFeed implements Disposable {
  readonly #reader: PageReader;
  readonly #intervalMillis: number;
  readonly #tabs = new Set<PassThrough>();
  #state: PageState | undefined;
  #readAtMillis = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(reader: PageReader, intervalMillis: number) {
    this.#reader = reader;
    this.#intervalMillis = intervalMillis;
  }

  /** Whether no tab is connected. */
  get isIdle(): boolean {
    return this.#tabs.size === 0;
  }

  /** The sessions that the reader may see. */
  get sessions(): PageState['sessions'] {
    return this.#state?.sessions ?? new Map();
  }

  /**
   * Opens a stream of server-sent events: first the whole state, then the changes.
   *
   * @param greeting - an event to send before the state
   */
  async open(greeting: string): Promise<PassThrough> {
    const stream = new PassThrough();
    stream.write(greeting);
    stream.once('close', () => this.#close(stream));
    // If another tab was connected moments ago, its state is recent enough.
    const isFresh = performance.now() - this.#readAtMillis < 2 * this.#intervalMillis;
    if (this.#state === undefined || !isFresh) await this.refresh();
    if (this.#state !== undefined) send(stream, messageOf(undefined, this.#state));
    this.#tabs.add(stream);
    this.#schedule();
    return stream;
  }

  /** Reads the state now and sends the changes. Never throws. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Reads the silences again now and sends the changes. */
  async refreshSilences(): Promise<void> {
    await this.#reading;
    this.#reader.forgetSilences();
    await this.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const stream of this.#tabs) stream.end();
    this.#tabs.clear();
  }

  async #read(): Promise<void> {
    const before = this.#state;
    this.#state = await this.#reader.read();
    this.#readAtMillis = performance.now();
    const message = messageOf(before, this.#state);
    for (const stream of this.#tabs) send(stream, message);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.isIdle) return;
    this.#timer = setTimeout(() => void this.refresh().then(() => this.#schedule()), this.#intervalMillis);
  }

  #close(stream: PassThrough): void {
    this.#tabs.delete(stream);
    if (this.isIdle) clearTimeout(this.#timer);
  }
}

function messageOf(before: PageState | undefined, after: PageState): string {
  return `data: ${JSON.stringify(changeBetween(before, after, Date.now()))}\n\n`;
}

function send(stream: PassThrough, message: string): void {
  if (stream.writableLength > mostBehindBytes) stream.destroy();
  else stream.write(message);
}
