import { answerOf, type WatchedServer } from './server.ts';

/** An alert as Alertmanager lists and takes it. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  /** RFC 3339: when Alertmanager resolves the alert unless it hears of it again. */
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** The alerts of vmalert's rules that Alertmanager holds for firing; `undefined` if it does not answer. */
export async function activeAlerts(server: WatchedServer): Promise<readonly ActiveAlert[] | undefined> {
  const filter = encodeURIComponent('alertgroup!=""');
  const alerts = await answerOf<readonly ActiveAlert[]>(server, `/api/v2/alerts?filter=${filter}`);
  // Without what only Alertmanager may set.
  return alerts?.map(({ labels, annotations, startsAt, endsAt, generatorURL = '' }) => ({
    labels,
    annotations,
    startsAt,
    endsAt,
    generatorURL,
  }));
}

/** Gives alerts another end: in the future, they keep firing; now, they resolve. */
export async function postAlerts(
  server: WatchedServer,
  alerts: readonly ActiveAlert[],
  endsAtMillis: number,
) {
  if (alerts.length === 0) return;
  const endsAt = new Date(endsAtMillis).toISOString();
  const body = JSON.stringify(alerts.map((alert) => ({ ...alert, endsAt })));
  const headers = { 'content-type': 'application/json' };
  await answerOf(server, '/api/v2/alerts', { method: 'POST', headers, body });
}
