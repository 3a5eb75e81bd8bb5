import type { SourceList } from '#answers';
import { fetchFrom, type Server } from '../../source/http-client.ts';

/** When the receiver last received a report, in Unix milliseconds; `undefined` if it never did. */
export async function readLastReport(receiver: Server, signal: AbortSignal): Promise<number | undefined> {
  const { sources } = (await (await fetchFrom(receiver, '/v1/sources', { signal })).json()) as SourceList;
  const times = sources.flatMap(({ lastSeenAtMillis }) => lastSeenAtMillis ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}
