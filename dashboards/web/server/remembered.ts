/** A value that is read again once it is old; the last one is kept where reading fails. */
export class Remembered<Value> {
  readonly #read: () => Promise<Value>;
  readonly #keepMillis: number;
  #value: Value;
  #readAtMillis = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<Value>, initial: Value, keepMillis: number) {
    this.#read = read;
    this.#value = initial;
    this.#keepMillis = keepMillis;
  }

  /** The value, at most so old. Never throws. */
  async value(): Promise<Value> {
    if (performance.now() - this.#readAtMillis >= this.#keepMillis) {
      this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.#value;
  }

  /** Has the value be read again the next time. */
  forget(): void {
    this.#readAtMillis = -Infinity;
  }

  async #refresh(): Promise<void> {
    this.#readAtMillis = performance.now();
    try {
      this.#value = await this.#read();
    } catch {
      // What was read before is what there is to show; the chain says what is away.
    }
  }
}
