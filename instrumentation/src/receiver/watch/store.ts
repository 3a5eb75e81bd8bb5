import { processMetrics } from '../../metrics.ts';
import { answerOf, type WatchedServer } from './server.ts';

/** What the store says about the rules. */
export interface RulesView {
  /** Seconds since vmalert last evaluated a rule; `undefined` if it has not within the last hour. */
  readonly evaluatedSecondsAgo: number | undefined;
  /** Seconds since the receiver's newest sample; `undefined` if there is none within the last hour. */
  readonly reportedSecondsAgo: number | undefined;
  /** Keys of the alerts that fire, see {@link alertKey}. */
  readonly firing: ReadonlySet<string>;
}

/** Tells the alerts of all rules and sessions apart. */
export function alertKey(labels: Readonly<Record<string, string>>): string {
  return `${labels['alertname']} ${labels['session_id'] ?? ''} ${labels['window'] ?? ''}`;
}

const age = (selector: string) => `time() - max(tlast_over_time(${selector}[1h]))`;
const queries = {
  evaluated: age('ALERTS{alertname="CtxdWatchdog"}'),
  reported: age(`${processMetrics.activeSessions.name}{service_name="ctxd-receiver"}`),
  // The slowest rules are evaluated every 15 s.
  firing: 'max by (alertname, session_id, window) (default_rollup(ALERTS{alertstate="firing"}[30s]))',
};

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** Reads what the store says about the rules; `undefined` if it does not answer. */
export async function rulesView(store: WatchedServer): Promise<RulesView | undefined> {
  const [evaluated, reported, firing] = await Promise.all(
    [queries.evaluated, queries.reported, queries.firing].map(async (query) => {
      const parameters = new URLSearchParams({ query, nocache: '1', latency_offset: '1ms' });
      const answer = await answerOf<QueryAnswer>(store, `/api/v1/query?${parameters.toString()}`);
      return answer?.data.result;
    }),
  );
  if (evaluated === undefined || reported === undefined || firing === undefined) return undefined;
  const number = (result: QueryAnswer['data']['result']) => result[0] && Number(result[0].value[1]);
  return {
    evaluatedSecondsAgo: number(evaluated),
    reportedSecondsAgo: number(reported),
    firing: new Set(firing.map(({ metric }) => alertKey(metric))),
  };
}
