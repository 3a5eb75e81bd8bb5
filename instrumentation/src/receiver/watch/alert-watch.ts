import type { Clock } from '../../clock.ts';
import { warnRarely } from '../../diagnostics.ts';
import type { AlertInbox } from '../inbox/alert-inbox.ts';
import { type ActiveAlert, activeAlerts, postAlerts } from './alertmanager.ts';
import { blindAfterMillis, blindName, isBlindForLong, type Sight, sightOf, Spell } from './blindness.ts';
import type { WatchedServer } from './server.ts';
import { alertKey, type RulesView, rulesView } from './store.ts';

/** Options of {@link AlertWatch}. */
export interface AlertWatchOptions {
  readonly alertmanager: WatchedServer;
  readonly store: WatchedServer;
  /** Takes the alert when Alertmanager cannot. */
  readonly inbox: AlertInbox;
  readonly clock: Clock;
}

/** Milliseconds between two looks. */
const intervalMillis = 5_000;
/** A session's alert that fires has surely been evaluated by then. */
const certainAfterMillis = 60_000;
const holdMillis = 24 * 3_600_000;

/** The labels are those of vmalert's rule of that name, so that Alertmanager takes both for one alert. */
const labels = { alertname: blindName, alertgroup: 'watch', severity: 'critical' };
const runbook = { runbook_url: 'alerts/runbooks/CtxdBlind.md' };
const notEvaluated = {
  ...runbook,
  summary: 'No alert about a session starts or resolves: ctxd is blind.',
  description:
    'VictoriaMetrics or vmalert does not answer, so no rules are evaluated. Alerts that fire stay as they are until ctxd sees again. See npm run stack:status.',
};
const notSent = {
  ...runbook,
  summary: 'No alert is sent: ctxd is blind.',
  description: 'Alertmanager does not answer. See npm run stack:status.',
};

/**
 * Keeps alerts right while parts of the stack are away.
 *
 * Alertmanager resolves an alert of which vmalert says nothing for a minute. The watch postpones that, so that silence
 * resolves nothing. It resolves by itself what a restarted vmalert has forgotten. While rules are not evaluated it raises
 * `CtxdBlind`; if Alertmanager is away, in the inbox. It never throws.
 */
export class AlertWatch implements Disposable {
  readonly #options: AlertWatchOptions;
  readonly #sight = new Spell<Sight>();
  readonly #sending = new Spell<boolean>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #hasSeen = false;
  #hasSent = false;
  #startedAt: string | undefined;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#lookOnce(), intervalMillis);
    this.#timer.unref();
  }

  /** Stops; a request that is under way ends by itself. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #lookOnce(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch (error) {
      warnRarely('watch', `cannot watch the alerts: ${error instanceof Error ? error.name : typeof error}`);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(): Promise<void> {
    const { alertmanager, store, clock } = this.#options;
    const [alerts, rules] = await Promise.all([activeAlerts(alertmanager), rulesView(store)]);
    const sight = sightOf(rules);
    const sightMillis = this.#sight.note(sight, clock.monotonic());
    this.#hasSeen ||= sight === 'sees';
    await this.#noteSending(alerts !== undefined);
    if (alerts === undefined) return;
    await this.#hold(alerts, sight, rules);
    if (sight === 'sees' && sightMillis >= certainAfterMillis) await this.#resolveForgotten(alerts, rules);
    await this.#tellSight(alerts, sight, sightMillis);
  }

  /** Postpones the end of alerts that fire, or of all while that is not known. */
  async #hold(alerts: readonly ActiveAlert[], sight: Sight, rules: RulesView | undefined): Promise<void> {
    const nowMillis = this.#options.clock.now();
    const isHeld = ({ endsAt }: ActiveAlert) => Date.parse(endsAt) > nowMillis + holdMillis / 2;
    const isFiring = (alert: ActiveAlert) => sight === 'blind' || rules?.firing.has(alertKey(alert.labels));
    const held = alerts.filter((alert) => isAboutUsage(alert) && !isHeld(alert) && isFiring(alert));
    await postAlerts(this.#options.alertmanager, held, nowMillis + holdMillis);
  }

  /** Resolves what vmalert does not resolve, because it was restarted since. */
  async #resolveForgotten(alerts: readonly ActiveAlert[], rules: RulesView | undefined): Promise<void> {
    const nowMillis = this.#options.clock.now();
    const isOld = ({ startsAt }: ActiveAlert) => Date.parse(startsAt) < nowMillis - certainAfterMillis;
    const forgotten = alerts.filter(
      (alert) => isAboutUsage(alert) && isOld(alert) && !rules?.firing.has(alertKey(alert.labels)),
    );
    await postAlerts(this.#options.alertmanager, forgotten, nowMillis);
  }

  async #tellSight(alerts: readonly ActiveAlert[], sight: Sight, sightMillis: number): Promise<void> {
    const { alertmanager, clock } = this.#options;
    const nowMillis = clock.now();
    const raised = alerts.filter((alert) => alert.labels['alertname'] === blindName);
    if (sight === 'sees') return await postAlerts(alertmanager, raised, nowMillis);
    if (sight !== 'blind' || !isBlindForLong(sightMillis, this.#hasSeen)) return;
    const isHeld = raised.some(({ endsAt }) => Date.parse(endsAt) > nowMillis + holdMillis / 2);
    if (isHeld) return;
    const startsAt = raised[0]?.startsAt ?? new Date(nowMillis).toISOString();
    const alert = { labels, annotations: notEvaluated, startsAt, endsAt: '' };
    await postAlerts(alertmanager, [raised[0] ?? alert], nowMillis + holdMillis);
  }

  /** Writes into the inbox that Alertmanager is away, and that it is back. */
  async #noteSending(sends: boolean): Promise<void> {
    const { inbox, clock } = this.#options;
    const millis = this.#sending.note(sends, clock.monotonic());
    this.#hasSent ||= sends;
    const isAway = !sends && millis >= blindAfterMillis && this.#hasSent;
    if (isAway === (this.#startedAt !== undefined) || (!sends && !isAway)) return;
    const now = new Date(clock.now()).toISOString();
    const startsAt = this.#startedAt ?? now;
    this.#startedAt = isAway ? now : undefined;
    const status = isAway ? 'firing' : 'resolved';
    const alert = { status, labels, annotations: notSent, startsAt, endsAt: now, fingerprint: 'ctxd-blind' };
    await inbox.accept({ alerts: [alert] });
  }
}

/** Of a session, or of the account. Alerts about the stack itself may end when vmalert does. */
function isAboutUsage({ labels: { session_id: session, window } }: ActiveAlert): boolean {
  return session !== undefined || window !== undefined;
}
