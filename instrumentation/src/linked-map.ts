/** The neighbours of an entry. The map sets them. */
export interface Links<Entry> {
  older: Entry | undefined;
  newer: Entry | undefined;
}

/**
 * A map of entries that are linked in the order of their last `set` or `renew`. The cost of every call is independent of the
 * number of entries, except for `forEach`.
 *
 * A plain `Map` keeps a hole where an entry was deleted, and finding its oldest entry walks over all holes: 8 µs at 10,000
 * entries. The links are in the entries, because separate ones would take 40 bytes more for each.
 */
export class LinkedMap<Entry extends Links<Entry>> {
  readonly #entries = new Map<string, Entry>();
  #oldest: Entry | undefined;
  #newest: Entry | undefined;

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry that was set or renewed longest ago. */
  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  /** The entry of a key, or `undefined`. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Makes a key the newest and returns its entry, or `undefined`. */
  renew(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry === this.#newest) return entry;
    this.#unlink(entry);
    this.#append(entry);
    return entry;
  }

  /** Sets an entry and makes it the newest. */
  set(key: string, entry: Entry): void {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#unlink(known);
    this.#entries.set(key, entry);
    this.#append(entry);
  }

  /** Removes an entry. Returns whether it existed. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#unlink(entry);
    return this.#entries.delete(key);
  }

  /** Calls a function with each entry, oldest first. */
  forEach(visit: (entry: Entry) => void): void {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) visit(entry);
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
