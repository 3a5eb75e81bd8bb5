/** A cached value. It is read again when it is too old, and keeps the last value if reading fails. */
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

  /** The value, at most `keepMillis` old unless reading fails. Never throws. */
  async value(): Promise<Value> {
    if (performance.now() - this.#readAtMillis >= this.#keepMillis) {
      this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.#value;
  }

  /** Makes the next call of `value` read again. */
  forget(): void {
    this.#readAtMillis = -Infinity;
  }

  async #refresh(): Promise<void> {
    this.#readAtMillis = performance.now();
    try {
      this.#value = await this.#read();
    } catch {
      // Keep showing the last value; the page's health shows which part is down.
    }
  }
}
