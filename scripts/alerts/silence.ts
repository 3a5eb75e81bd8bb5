import { ask, type Server } from '../../dashboards/terminal/http-client.ts';

/** Whom to silence, and for how long. */
export interface SilenceRequest {
  /** A session's id, or `all`. */
  readonly whom: string;
  readonly seconds: number;
}

/** Has Alertmanager send no alerts for a time, and says until when and how to end that. */
export async function silence(alertmanager: Server, request: SilenceRequest): Promise<string> {
  const { whom, seconds } = request;
  const startsAt = new Date();
  const endsAt = new Date(startsAt.getTime() + seconds * 1_000);
  const body = {
    matchers: matchersOf(whom),
    startsAt,
    endsAt,
    createdBy: 'ctxd',
    comment: 'npm run alerts:silence',
  };
  const response = await ask(alertmanager, '/api/v2/silences', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { silenceID } = (await response.json()) as { silenceID: string };
  const whose = whom === 'all' ? 'All alerts' : `Alerts of ${whom}`;
  return `${whose} are silenced until ${endsAt.toLocaleString('sv-SE')}.\nEnd it: npm run alerts:silence -- --end ${silenceID}`;
}

/** Ends a silence. */
export async function endSilence(alertmanager: Server, id: string): Promise<string> {
  await ask(alertmanager, `/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return `The silence ${id} has ended.`;
}

/** All but the alert that always fires, whose silence would look like a failure. */
function matchersOf(whom: string) {
  return whom === 'all'
    ? [{ name: 'severity', value: 'none', isRegex: false, isEqual: false }]
    : [{ name: 'session_id', value: whom, isRegex: false, isEqual: true }];
}
