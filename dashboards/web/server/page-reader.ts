import { monitorQueries, namedOverviewQueries, type Query } from '#queries';
import type { Server } from '../../source/http-client.ts';
import { printable } from '../../text/text.ts';
import { staleAfterSeconds } from '../../text/staleness.ts';
import { queryInstant } from '../../source/victoriametrics.ts';
import type { PageFields, PageState, SessionRow } from '../page-state.ts';
import { readAlerts, readInbox, readSilences } from './alert-rows.ts';
import { blindnessOf, healthSentence, readParts, watchedParts, withSigns } from './chain.ts';
import { readLastReport } from './last-report.ts';
import { Remembered } from './remembered.ts';
import type { PageOptions } from './servers.ts';
import { readFullest, readRows, readTrends, rowsFrom, waitingLabels } from './session-rows.ts';

/** How long sparklines and the chart are cached; they have one point every 20 s. */
const pastMillis = 10_000;
const alertsMillis = 4_000;
/** The most session labels that are kept, including those of ended sessions. */
const mostLabels = 2_000;
const patienceMillis = 2_000;

/** Reads all live data for the page, and keeps the last figures while the store is down. */
export class PageReader {
  readonly #options: PageOptions;
  readonly #store: Server;
  readonly #isRestricted: boolean;
  readonly #trends;
  readonly #fullest;
  readonly #alerts;
  readonly #silences;
  readonly #inbox;
  readonly #lastReport;
  #rows: Map<string, SessionRow> = new Map();
  #labels: Map<string, string> = new Map();
  #newestSampleSeconds: number | undefined;
  #waiting: readonly string[] = [];
  #rateLimits: PageFields['rateLimits'] = [];

  /** @param authorization - the reader's own, sent to the store to limit what they see; by default they see everything */
  constructor(options: PageOptions, authorization?: string) {
    const { store, alertmanager, receiver } = options.servers;
    this.#options = options;
    this.#isRestricted = authorization !== undefined;
    this.#store = this.#isRestricted ? { url: store.url, authorization } : store;
    const signal = () => AbortSignal.timeout(patienceMillis);
    const nowSeconds = () => Date.now() / 1_000;
    this.#trends = new Remembered(() => readTrends(this.#store, nowSeconds()), new Map(), pastMillis);
    this.#fullest = new Remembered(() => readFullest(this.#store, nowSeconds()), [], pastMillis);
    this.#alerts = new Remembered(
      async () => (alertmanager ? await readAlerts(alertmanager, signal()) : []),
      [],
      alertsMillis / 2,
    );
    this.#silences = new Remembered(
      async () => (alertmanager ? await readSilences(alertmanager) : []),
      [],
      alertsMillis,
    );
    this.#inbox = new Remembered(() => readInbox(receiver, signal()), noInbox, alertsMillis);
    this.#lastReport = new Remembered(() => readLastReport(receiver, signal()), undefined, alertsMillis);
  }

  /** Makes the next read fetch silences and alerts again, after a silence was started or ended. */
  forgetSilences(): void {
    this.#silences.forget();
    this.#alerts.forget();
  }

  /** Reads the current state. Never throws. */
  async read(): Promise<PageState> {
    const [problem, parts, alerts, silences, inbox, reportAtMillis, fullest] = await Promise.all([
      this.#readStore(),
      readParts(watchedParts(this.#options.servers)),
      this.#alerts.value(),
      this.#silences.value(),
      this.#inbox.value(),
      this.#lastReport.value(),
      this.#fullest.value(),
    ]);
    const chain = { parts, problem, newestSampleSeconds: this.#newestSampleSeconds };
    const blindness = blindnessOf(chain, Date.now() / 1_000);
    const visible = <Row extends { readonly sessionId?: string | undefined }>(rows: readonly Row[]) =>
      this.#isRestricted ? rows.filter(({ sessionId }) => this.#rows.has(sessionId ?? '')) : rows;
    return {
      sessions: this.#rows,
      fields: {
        thresholds: this.#options.thresholds,
        newestSampleSeconds: this.#newestSampleSeconds,
        waiting: this.#waiting,
        blindness,
        rateLimits: this.#rateLimits,
        alerts: visible(alerts),
        silences: visible(silences),
        inbox: visible(inbox.rows),
        parts: withSigns(parts, {
          reportAtMillis,
          newestSampleAtMillis: this.#newestSampleSeconds && this.#newestSampleSeconds * 1_000,
          watchdogAtMillis: inbox.watchdogAtMillis ?? undefined,
        }),
        healthSentence: healthSentence(chain, blindness),
        fullest,
      },
    };
  }

  /** Reads the store. Returns the reason if that fails. */
  async #readStore(): Promise<string | undefined> {
    const atSeconds = Date.now() / 1_000;
    const instant = ({ expr }: Query) => queryInstant(this.#store, expr, atSeconds);
    try {
      const [answers, trends, [newest], limits] = await Promise.all([
        readRows(this.#store, atSeconds),
        this.#trends.value(),
        instant(monitorQueries.newestSample),
        instant(namedOverviewQueries(this.#options.thresholds).rateLimitsNow),
      ]);
      this.#newestSampleSeconds = newest?.value ?? this.#newestSampleSeconds;
      this.#rateLimits = limits.map(({ labels, value }) => ({
        window: labels['window'] ?? '',
        account: printable(labels['account'] ?? '') || undefined,
        usedPercent: value,
      }));
      // A session without new samples looks ended. While no samples arrive at all, keep the last rows instead.
      if (newest !== undefined && atSeconds - newest.value > staleAfterSeconds) return undefined;
      const { thresholds } = this.#options;
      this.#takeOver(rowsFrom(answers, { atSeconds, thresholds, trends, labelsBefore: this.#labels }));
      this.#waiting = waitingLabels(answers, this.#rows.values());
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #takeOver(rows: Map<string, SessionRow>): void {
    // When the first sessions appear, draw their charts right away.
    if (this.#rows.size === 0 && rows.size > 0) {
      this.#trends.forget();
      this.#fullest.forget();
    }
    this.#rows = rows;
    for (const { id, label } of rows.values()) {
      this.#labels.delete(id);
      this.#labels.set(id, label);
    }
    const surplus = this.#labels.size - mostLabels;
    for (const id of [...this.#labels.keys()].slice(0, Math.max(0, surplus))) this.#labels.delete(id);
  }
}

const noInbox = { rows: [], watchdogAtMillis: null };
