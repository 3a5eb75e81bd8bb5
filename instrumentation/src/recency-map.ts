import { LinkedMap, type Links } from './linked-map.ts';

interface Entry<Value> extends Links<Entry<Value>> {
  readonly value: Value;
}

/** A map of any values in the order of their last `set` or `renew`, at the cost of a {@link LinkedMap}. */
export class RecencyMap<Value> {
  readonly #entries = new LinkedMap<Entry<Value>>();

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value that was set or renewed longest ago. */
  get oldest(): Value | undefined {
    return this.#entries.oldest?.value;
  }

  /** The value of a key, or `undefined`. */
  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Makes a key the newest and returns its value, or `undefined`. */
  renew(key: string): Value | undefined {
    return this.#entries.renew(key)?.value;
  }

  /** Sets a value and makes it the newest. */
  set(key: string, value: Value): void {
    this.#entries.set(key, { value, older: undefined, newer: undefined });
  }

  /** Removes an entry. Returns whether it existed. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** The values, oldest first. */
  *values(): Generator<Value, void, undefined> {
    for (let entry = this.#entries.oldest; entry !== undefined; entry = entry.newer) yield entry.value;
  }
}
