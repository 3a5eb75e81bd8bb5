import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readRegularFile, wholeFileBytes } from '../../regular-file.ts';
import type { KeptAlert } from '../answers.ts';

/** Keeps alerts in a file, one line per alert. */
export class InboxFile {
  readonly #path: string;
  readonly #mostLines: number;
  #lines = 0;
  /** Whether the file lacks alerts, or ends with an incomplete line. */
  #isBehind = false;

  /** @param mostLines most lines in the file before it is rewritten */
  constructor(path: string, mostLines: number) {
    this.#path = path;
    this.#mostLines = mostLines;
  }

  /**
   * Reads the file, without incomplete and invalid lines. Renames a file that cannot be read to `<path>.corrupt`.
   *
   * @param warn receives a sentence if the file cannot be read
   */
  async read(warn: (sentence: string) => void): Promise<readonly KeptAlert[]> {
    try {
      const text = await readRegularFile(this.#path, wholeFileBytes);
      this.#isBehind = true;
      return text.split('\n').flatMap(keptAlert);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') await this.#setAside(code, warn);
      return [];
    }
  }

  /** Adds the new alerts, or rewrites the file with all of them. A failed write is made up for by the next one. */
  async write(added: readonly KeptAlert[], all: readonly KeptAlert[]): Promise<void> {
    if (added.length === 0 && !this.#isBehind) return;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#lines += added.length;
    if (this.#isBehind || this.#lines > this.#mostLines) return await this.#rewrite(all);
    this.#isBehind = true;
    await appendFile(this.#path, linesOf(added), { mode: 0o600 });
    this.#isBehind = false;
  }

  async #rewrite(alerts: readonly KeptAlert[]): Promise<void> {
    const draft = `${this.#path}.draft`;
    this.#isBehind = true;
    try {
      // A draft that is already there may be a FIFO, which nobody reads.
      await rm(draft, { force: true });
      await writeFile(draft, linesOf(alerts), { mode: 0o600, flag: 'wx' });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
    this.#lines = alerts.length;
    this.#isBehind = false;
  }

  async #setAside(code: string | undefined, warn: (sentence: string) => void): Promise<void> {
    const aside = `${this.#path}.corrupt`;
    const isMoved = await rename(this.#path, aside).then(
      () => true,
      () => false,
    );
    warn(
      `The alerts in ${this.#path} cannot be read (${code}); starting without them.` +
        (isMoved ? ` The file is now ${aside}.` : ''),
    );
  }
}

const linesOf = (alerts: readonly KeptAlert[]) =>
  alerts.map((alert) => `${JSON.stringify(alert)}\n`).join('');

function keptAlert(line: string): readonly KeptAlert[] {
  try {
    const alert = JSON.parse(line) as KeptAlert | null;
    return alert !== null && isKeptAlert(alert) ? [alert] : [];
  } catch {
    return [];
  }
}

function isKeptAlert({ id, receivedAtMillis, status, ...texts }: KeptAlert): boolean {
  const areNumbers = Number.isSafeInteger(id) && Number.isFinite(receivedAtMillis);
  const areTexts = textFields.every((field) => typeof texts[field] === 'string');
  const isNoText = (value: unknown) => value !== undefined && typeof value !== 'string';
  if (isNoText(texts.title) || isNoText(texts.advice)) return false;
  return areNumbers && areTexts && (status === 'firing' || status === 'resolved');
}

const textFields = [
  'name',
  'severity',
  'sessionId',
  'summary',
  'description',
  'runbookUrl',
  'dashboardUrl',
  'startsAt',
  'endsAt',
  'fingerprint',
] as const;
