import { warnRarely } from '../../diagnostics.ts';
import type { SessionIntake } from './session-intake.ts';
import { writeSnapshot } from './snapshot.ts';

/** Reports are saved this soon after they arrive, so that a crash loses at most a second. */
const intervalMillis = 1_000;
/**
 * Largest share of a processor that writing may take, which matters with thousands of sessions. Not of the time: on a busy
 * machine, writing takes long and costs nothing, and a crash would lose more.
 */
const mostLoad = 0.02;

/** Keeps the snapshot file of an intake up to date. */
export class SnapshotKeeper {
  readonly #intake: SessionIntake;
  readonly #path: string;
  readonly #instanceId: string;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    intake: SessionIntake,
    { path, instanceId }: { readonly path: string; readonly instanceId: string },
  ) {
    this.#intake = intake;
    this.#path = path;
    this.#instanceId = instanceId;
    this.#written = intake.changes;
    this.#schedule(intervalMillis);
  }

  /** Writes the last snapshot and stops. Rejects if it cannot be written. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #schedule(afterMillis: number): void {
    this.#timer = setTimeout(() => {
      this.#writing = this.#writeIfChanged();
    }, afterMillis);
    this.#timer.unref();
  }

  async #writeIfChanged(): Promise<void> {
    const before = process.cpuUsage();
    try {
      if (this.#intake.changes !== this.#written) await this.#write();
    } catch (error) {
      warnRarely('snapshot', `the snapshot cannot be written: ${(error as Error).message}`);
    }
    const { user, system } = process.cpuUsage(before);
    this.#schedule(Math.max(intervalMillis, (user + system) / 1_000 / mostLoad));
  }

  async #write(): Promise<void> {
    const { registry, tracker, changes } = this.#intake;
    const sessions = registry.activeSessions();
    await writeSnapshot(this.#path, { sessions, tracker: tracker.state(), instanceId: this.#instanceId });
    this.#written = changes;
  }
}
