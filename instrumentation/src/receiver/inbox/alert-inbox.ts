import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import { warnRarely } from '../../diagnostics.ts';
import type { InboxView, KeptAlert } from '../answers.ts';
import { type InboxAlert, readAlerts } from './alert-payload.ts';

/** Most alerts to keep. */
const mostAlerts = 500;
/** Most lines in the file before it is rewritten. */
const mostLines = 2 * mostAlerts;
/** Most kept alerts that one notification pushes out, so that a flood leaves the others. */
const mostPushedOut = 50;

/** Keeps the newest 500 alerts that Alertmanager sent, in memory and in a file with one line per alert. */
export class AlertInbox {
  readonly #clock: Clock;
  readonly #path: string | undefined;
  #alerts: readonly KeptAlert[] = [];
  #lines = 0;
  #nextId = 1;
  #dropped = 0;
  #watchdogAtMillis: number | null = null;
  #written: Promise<void> = Promise.resolve();

  /** @param path path of the file; without one, alerts are lost at a restart */
  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#path = path;
  }

  /** Loads the file. Skips incomplete and invalid lines. */
  async restore(): Promise<void> {
    if (this.#path === undefined) return;
    const lines = (await readFile(this.#path, 'utf8').catch(() => '')).split('\n');
    this.#alerts = lines.flatMap(keptAlert).slice(-mostAlerts);
    this.#nextId = (this.#alerts.at(-1)?.id ?? 0) + 1;
    // Otherwise the next alert would be appended to an incomplete line.
    if (lines.length > 1 || lines[0] !== '') await this.#rewrite();
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
    this.#written = this.#written.catch(() => undefined).then(() => this.#write(kept));
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

  async #write(alerts: readonly KeptAlert[]): Promise<void> {
    if (this.#path === undefined || alerts.length === 0) return;
    this.#lines += alerts.length;
    if (this.#lines > mostLines) return await this.#rewrite();
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await appendFile(this.#path, linesOf(alerts), { mode: 0o600 });
  }

  async #rewrite(): Promise<void> {
    if (this.#path === undefined) return;
    await writeFile(`${this.#path}.draft`, linesOf(this.#alerts), { mode: 0o600 });
    await rename(`${this.#path}.draft`, this.#path);
    this.#lines = this.#alerts.length;
  }
}

/** The watchdog always fires: it only shows that notifications arrive. */
const isWatchdog = ({ severity }: InboxAlert) => severity === 'none';

const stateOf = ({ status, startsAt }: InboxAlert) => `${status} ${startsAt}`;

const linesOf = (alerts: readonly KeptAlert[]) =>
  alerts.map((alert) => `${JSON.stringify(alert)}\n`).join('');

function keptAlert(line: string): readonly KeptAlert[] {
  try {
    const alert = JSON.parse(line) as KeptAlert;
    return Number.isSafeInteger(alert.id) ? [alert] : [];
  } catch {
    return [];
  }
}
