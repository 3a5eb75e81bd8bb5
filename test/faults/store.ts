import { sessionMetrics } from 'koa-context-window';
import { partNamed } from '../../compose/parts.ts';
import { portsFrom } from '../../compose/ports.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import { fetchFrom } from '../../dashboards/source/http-client.ts';
import type { StackCommands } from '../stack-commands.ts';

const daySeconds = 86_400;

/** What the store holds of a group of sessions, whose ids begin with the same name. */
export interface StoreReader {
  /** The data points of the group's application sessions, by id and time; clocks may have been off by up to ten days. */
  readonly samples: (group: string) => Promise<ReadonlySet<string>>;
  /** Reports that the receiver counted for its sessions of the group. */
  readonly reports: (group: string) => Promise<number>;
  /** Sessions of the group with a report since a time, in Unix milliseconds, and within the last 5 s. */
  readonly fresh: (group: string, sinceMillis: number) => Promise<number>;
  /** The value of a query that returns one; undefined while the store is away or returns none. */
  readonly value: (query: string) => Promise<number | undefined>;
}

/** Reads from the store of a stack. */
export function storeReader({ env, stateDir }: StackCommands): StoreReader {
  const get = async (path: string, parameters: Record<string, string>) => {
    const authorization = (await authorizationFor(partNamed('victoriametrics'), stateDir)) ?? '';
    const url = urlOf('victoriametrics', portsFrom(env));
    const query = new URLSearchParams(parameters).toString();
    return await (await fetchFrom({ url, authorization }, `${path}?${query}`)).text();
  };
  const value = async (query: string) => {
    try {
      const answer = JSON.parse(await get('/api/v1/query', { query, nocache: '1' })) as Answer;
      const [first] = answer.data.result;
      return first && Number(first.value[1]);
    } catch {
      return undefined;
    }
  };
  const of = ({ name }: { name: string }, ids: string) => `${name}{session_id=~"${ids}"}`;
  return {
    value,
    samples: async (group) => {
      const now = Date.now() / 1_000;
      const [start, end] = [now - 10 * daySeconds, now + 10 * daySeconds].map(String) as [string, string];
      const match = of(sessionMetrics.contextTokens, `${group}-app-.*`);
      const lines = (await get('/api/v1/export', { 'match[]': match, start, end }))
        .split('\n')
        .filter(Boolean);
      return new Set(
        lines.flatMap((line) => {
          const { metric, timestamps } = JSON.parse(line) as Exported;
          return timestamps.map((millis) => `${metric.session_id} at ${millis}`);
        }),
      );
    },
    reports: async (group) =>
      (await value(`sum(last_over_time(${of(sessionMetrics.checkpoints, `${group}-claude-.*`)}[1h]))`)) ?? 0,
    fresh: async (group, sinceMillis) => {
      const reported = `last_over_time(${of(sessionMetrics.lastActivity, `${group}-(app|claude)-.*`)}[30s])`;
      const since = Math.max(sinceMillis, Date.now() - 5_000) / 1_000;
      return (await value(`count(max by (session_id) (${reported}) > ${since})`)) ?? 0;
    },
  };
}

interface Answer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

interface Exported {
  readonly metric: { readonly session_id: string };
  readonly timestamps: readonly number[];
}
