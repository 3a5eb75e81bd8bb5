/** Runs a task again and again, with a pause after each run, until it is disposed of. Does not keep the process alive. */
export class RepeatedTask implements AsyncDisposable {
  readonly #run: () => Promise<void>;
  readonly #pauseMillis: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @param run - must not reject. */
  constructor(run: () => Promise<void>, pauseMillis: number) {
    this.#run = run;
    this.#pauseMillis = pauseMillis;
    this.#start();
  }

  /** Whether the task is to end early. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Stops after the current run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      if (this.#isStopped) return;
      this.#timer = setTimeout(() => this.#start(), this.#pauseMillis);
      this.#timer.unref();
    });
  }
}
