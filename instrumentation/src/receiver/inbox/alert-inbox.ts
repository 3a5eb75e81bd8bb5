import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { InboxView, KeptAlert } from '../answers.ts';
import { type InboxAlert, readAlerts } from './alert-payload.ts';

/** Alerts kept at most. */
const mostAlerts = 500;
/** Alerts in the file at most, before it is written anew. */
const mostLines = 2 * mostAlerts;

/** The newest alerts that Alertmanager delivered, in memory and in a file with a line for each. */
export class AlertInbox {
  readonly #clock: Clock;
  readonly #path: string | undefined;
  #alerts: readonly KeptAlert[] = [];
  #lines = 0;
  #nextId = 1;
  #watchdogAtMillis: number | null = null;
  #written: Promise<void> = Promise.resolve();

  /** @param path of the file; nothing survives a restart without one */
  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#path = path;
  }

  /** Takes over what the file holds. A line that was cut off or is no alert is left out. */
  async restore(): Promise<void> {
    if (this.#path === undefined) return;
    const lines = (await readFile(this.#path, 'utf8').catch(() => '')).split('\n');
    this.#alerts = lines.flatMap(keptAlert).slice(-mostAlerts);
    this.#nextId = (this.#alerts.at(-1)?.id ?? 0) + 1;
    // A cut-off line would take the next one with it.
    if (lines.length > 1 || lines[0] !== '') await this.#rewrite();
  }

  /**
   * Takes a notification; resolves when it is on disk. What was delivered before is kept once.
   *
   * @throws RequestProblem 400 where it is none of Alertmanager's
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

  /** The alerts after the one with that id; all that are kept by default. */
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

/** The alert that always fires says only that alerts arrive. */
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
