import type { Clock } from '../../clock.ts';
import { warnRarely } from '../../diagnostics.ts';
import type { InboxView, KeptAlert } from '../answers.ts';
import { type InboxAlert, readAlerts } from './alert-payload.ts';
import { InboxFile } from './inbox-file.ts';

/** Most alerts to keep. */
const mostAlerts = 500;
/** Most lines in the file before it is rewritten. */
const mostLines = 2 * mostAlerts;
/** Most kept alerts that one notification pushes out, so that a flood leaves the others. */
const mostPushedOut = 50;

/** Keeps the newest 500 alerts that Alertmanager sent, in memory and in a file with one line per alert. */
export class AlertInbox {
  readonly #clock: Clock;
  readonly #file: InboxFile | undefined;
  #alerts: readonly KeptAlert[] = [];
  #nextId = 1;
  #dropped = 0;
  #watchdogAtMillis: number | null = null;
  #written: Promise<void> = Promise.resolve();

  /** @param path path of the file; without one, alerts are lost at a restart */
  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#file = path === undefined ? undefined : new InboxFile(path, mostLines);
  }

  /**
   * Loads the file, without incomplete and invalid lines.
   *
   * @param warn receives a sentence if the file cannot be read; default: standard error
   */
  async restore(warn: (sentence: string) => void = console.error): Promise<void> {
    if (this.#file === undefined) return;
    this.#alerts = (await this.#file.read(warn)).slice(-mostAlerts);
    this.#nextId = (this.#alerts.at(-1)?.id ?? 0) + 1;
  }

  /**
   * Keeps the alerts of a notification, except those whose newest entry already says the same. Resolves once they are on
   * disk.
   *
   * @throws RequestProblem 400 if it is not a notification from Alertmanager
   */
  async accept(notification: unknown): Promise<void> {
    const alerts = readAlerts(notification);
    const receivedAtMillis = this.#clock.now();
    if (alerts.some(isWatchdog)) this.#watchdogAtMillis = receivedAtMillis;
    const kept = this.#withinLimit(this.#changed(alerts.filter((alert) => !isWatchdog(alert)))).map(
      (alert) => ({ id: this.#nextId++, receivedAtMillis, ...alert }),
    );
    this.#alerts = [...this.#alerts, ...kept].slice(-mostAlerts);
    this.#written = this.#written.catch(() => undefined).then(() => this.#file?.write(kept, this.#alerts));
    await this.#written;
  }

  /** The alerts with a higher id than `after`; default: all. */
  view(after = 0): InboxView {
    const alerts = this.#alerts.filter(({ id }) => id > after);
    const dropped = this.#dropped > 0 && { dropped: this.#dropped };
    return { alerts, watchdogAtMillis: this.#watchdogAtMillis, ...dropped };
  }

  /** An alert can resolve and fire again with the same start, so only its newest entry counts. */
  #changed(alerts: readonly InboxAlert[]): readonly InboxAlert[] {
    const newest = new Map(this.#alerts.map((alert) => [alert.fingerprint, stateOf(alert)]));
    return alerts.filter((alert) => {
      const isKnown = newest.get(alert.fingerprint) === stateOf(alert);
      newest.set(alert.fingerprint, stateOf(alert));
      return !isKnown;
    });
  }

  #withinLimit(alerts: readonly InboxAlert[]): readonly InboxAlert[] {
    const most = Math.max(mostPushedOut, mostAlerts - this.#alerts.length);
    const dropped = Math.max(0, alerts.length - most);
    if (dropped > 0) warnRarely('inbox', `a notification had ${dropped} alerts more than the inbox takes`);
    this.#dropped += dropped;
    return alerts.slice(dropped);
  }
}

/** The watchdog always fires: it only shows that notifications arrive. */
const isWatchdog = ({ severity }: InboxAlert) => severity === 'none';

const stateOf = ({ status, startsAt }: InboxAlert) => `${status} ${startsAt}`;
