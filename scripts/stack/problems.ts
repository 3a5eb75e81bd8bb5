import { partNamed } from '../../compose/parts.ts';
import { damagedFiles } from '../../compose/runtime/damaged-files.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';

/** Warns of what no part's health shows: files the receiver could not read, and channels that notifications do not reach. */
export async function warnOfProblems(stack: Stack): Promise<void> {
  await warnOfDamage(stack);
  for (const channel of await failingChannels(stack)) {
    stack.warn(`Notifications to ${channel} failed in the last 5 minutes. To see why: npm run alerts:test`);
  }
}

/** Warns of files the receiver could not read. */
export async function warnOfDamage({ stateDir, warn }: Stack): Promise<void> {
  for (const { sentence, remedy } of await damagedFiles(stateDir)) warn(`${sentence} ${remedy}`);
}

// Alertmanager counts each attempt here, and the whole notification only once it gives up.
// The receiver starts later than Alertmanager, so the attempts of its first seconds do not count.
const isYoung = 'time() - max(process_start_time_seconds{job="alertmanager"}) < 30';
const failed = `alertmanager_notification_requests_failed_total{receiver_name!=""} unless on () (${isYoung})`;
// Unlike `increase`, this one never counts from 0 to the first sample.
const failures = `sum by (receiver_name) (increase_prometheus((${failed})[5m:5s])) > 0`;

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
