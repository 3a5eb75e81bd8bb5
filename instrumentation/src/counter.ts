/** A count that only grows, by reason. Reasons come from our own code, so there are few. */
export class ReasonCounter {
  readonly #counts = new Map<string, number>();

  /** Adds one for the reason. */
  increment(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** The count for one reason; 0 where it never occurred. */
  get(reason: string): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** All reasons that occurred, with their counts. */
  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}
