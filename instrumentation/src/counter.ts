/** Counts by reason. Counts only grow. Reasons come from our own code, so there are few. */
export class ReasonCounter {
  readonly #counts = new Map<string, number>();

  /** Adds one for the reason. */
  increment(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** The count for one reason; 0 if it never occurred. */
  get(reason: string): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Every reason that occurred, with its count. */
  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}
