/** What is to be undone, the newest first: an `AsyncDisposableStack`, which the oldest Node that the package runs in lacks. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  /** Adds a step. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Takes the steps over into another, so that disposing of this one undoes nothing. */
  move(): Cleanup {
    const moved = new Cleanup();
    [moved.#steps, this.#steps] = [this.#steps, []];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.move().#steps.toReversed()) await step();
  }
}
