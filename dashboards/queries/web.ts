import { largest, live, secondsToFullOf } from './expressions.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { usage, compaction } = metric;

/** Number of sessions that the page draws over time. */
const drawnSessions = 10;

/** What the page shows besides what the monitor and the dashboards show. */
export const webQueries = queryTable(
  {
    compactionTokens: {
      expr: live(compaction),
      legend: '{{session_id}}',
      meaning: 'Tokens at which each live session is compacted automatically.',
    },
    secondsToFull: {
      expr: `${secondsToFullOf('')} and on (session_id) ${live(usage)}`,
      unit: 's',
      legend: '{{session_id}}',
      meaning: 'Seconds until each live session is full at the pace of the last 5 minutes.',
    },
    trends: {
      expr: `max by (session_id) (${usage})`,
      unit: 'percent',
      legend: '{{session_id}}',
      meaning: 'Usage of each session over time.',
    },
    fullestOverTime: {
      expr: ofFullestNow(drawnSessions),
      unit: 'percent',
      legend: '{{session_id}}',
      meaning: `Usage over time of the ${drawnSessions} live sessions that are fullest now.`,
    },
  },
  { nameOf: (key) => `web-${key}` },
);

/** Usage over time of the sessions that are fullest at the end of the time range. */
function ofFullestNow(count: number): string {
  const fullest = largest(count, `max by (session_id) (default_rollup(${usage}[30s] @ end()))`);
  return `0 * ${fullest} + on (session_id) max by (session_id) (${usage})`;
}
