import { partNamed } from '../../compose/parts.ts';
import { damagedFiles } from '../../compose/runtime/damaged-files.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';

/** Warns of what no part's health shows: files the receiver could not read, and channels that notifications do not reach. */
export async function warnOfProblems(stack: Stack): Promise<void> {
  const { stateDir, warn } = stack;
  for (const { sentence, remedy } of await damagedFiles(stateDir)) warn(`${sentence} ${remedy}`);
  for (const channel of await failingChannels(stack)) {
    warn(`Notifications to ${channel} failed in the last 5 minutes. To see why: npm run alerts:test`);
  }
}

// Alertmanager counts each attempt here, and the whole notification only once it gives up.
const failures =
  'sum by (receiver_name) (increase(alertmanager_notification_requests_failed_total{receiver_name!=""}[5m])) > 0';

/** The names of the channels; none when the store does not answer. */
async function failingChannels({ ports, stateDir, signal }: Stack): Promise<readonly string[]> {
  const query = new URLSearchParams({ query: failures });
  const timeout = AbortSignal.timeout(2_000);
  try {
    const url = `${urlOf('victoriametrics', ports)}/api/v1/query?${query.toString()}`;
    const authorization = (await authorizationFor(partNamed('victoriametrics'), stateDir)) ?? '';
    const answer = await fetch(url, {
      headers: { authorization },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const { data } = (await answer.json()) as Answer;
    return (data?.result ?? []).map(({ metric }) => metric['receiver_name'] ?? '').toSorted();
  } catch {
    return [];
  }
}

interface Answer {
  readonly data?: { readonly result?: readonly { readonly metric: Readonly<Record<string, string>> }[] };
}
