import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { InboxView, KeptAlert } from '../answers.ts';
import { type InboxAlert, readAlerts } from './alert-payload.ts';

/** Most alerts to keep. */
const mostAlerts = 500;
/** Most lines in the file before it is rewritten. */
const mostLines = 2 * mostAlerts;

/** Keeps the newest 500 alerts that Alertmanager sent, in memory and in a file with one line per alert. */
export class AlertInbox {
  readonly #clock: Clock;
  readonly #path: string | undefined;
  #alerts: readonly KeptAlert[] = [];
  #lines = 0;
  #nextId = 1;
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
   * Keeps the alerts of a notification, without those it already has. Resolves once they are on disk.
   *
   * @throws RequestProblem 400 if it is not a notification from Alertmanager
   */
  async accept(notification: unknown): Promise<void> {
    const known = new Set(this.#alerts.map(identityOf));
    const alerts = readAlerts(notification);
    const receivedAtMillis = this.#clock.now();
    if (alerts.some(isWatchdog)) this.#watchdogAtMillis = receivedAtMillis;
    const kept = alerts
      .filter((alert) => !isWatchdog(alert) && !known.has(identityOf(alert)))
      .map((alert) => ({ id: this.#nextId++, receivedAtMillis, ...alert }));
    this.#alerts = [...this.#alerts, ...kept].slice(-mostAlerts);
    this.#written = this.#written.catch(() => undefined).then(() => this.#write(kept));
    await this.#written;
  }

  /** The alerts with a higher id than `after`; default: all. */
  view(after = 0): InboxView {
    const alerts = this.#alerts.filter(({ id }) => id > after);
    return { alerts, watchdogAtMillis: this.#watchdogAtMillis };
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

const identityOf = ({ fingerprint, status, startsAt }: InboxAlert) => `${fingerprint} ${status} ${startsAt}`;

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
