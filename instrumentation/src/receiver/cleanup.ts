/** Cleanup steps, run newest first. Stands in for `AsyncDisposableStack`, which Node 22 lacks. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  /** Adds a step. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Moves the steps to a new object, so that disposing of this one runs none of them. */
  move(): Cleanup {
    const moved = new Cleanup();
    [moved.#steps, this.#steps] = [this.#steps, []];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.move().#steps.toReversed()) await step();
  }
}
