import {
  crossingsInRange,
  growthInRange,
  largest,
  lastInRange,
  live,
  liveFirst,
  named,
  newestInfo,
} from './expressions.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { usage, tokens, saved, checkpoints, crossings, duration, cost } = metric;
const matchers = 'session_id=~"${sessions:pipe}"';
const chosen = `{${matchers}}`;
const lookup = { during: '$__range', matchers };

const overTime = (name: string) => named(`max by (session_id) (${name}${chosen})`, lookup);
const peak = (name: string, selector: string) =>
  `max by (session_id) (max_over_time(${name}${selector}[$__range]))`;
const savedPerCheckpoint = (selector: string) =>
  `${growthInRange(saved, selector)} / (${growthInRange(checkpoints, selector)} > 0)`;

/**
 * Turns ids into patterns, since a choice may stand for several of them.
 *
 * MetricsQL: `label_transform` replaces each match in a label.
 */
const asPattern = (expr: string) => `label_transform(${expr}, "session_id", "[.]", "[.]")`;

/** The three fullest live sessions, as one choice: `$fullest` lists their ids. */
const fullestChoice =
  'label_replace(label_replace(vector(10000), "session_id", "${fullest:pipe}", "", ""), "session", "The three fullest live", "", "")';

/** The number of sessions that have a number, and so a colour of their own. */
export const numberedSessions = 4;

/**
 * Puts a number before the name of each session, in the order of the ids, so that a line keeps its number and its colour in
 * every chart. The sessions after the first four get `+`.
 *
 * MetricsQL: `limit_offset` picks one series of several; PromQL has nothing like it.
 */
function numbered(expr: string): string {
  const sorted = `sort_by_label(${expr}, "session_id")`;
  const marked = (count: number, offset: number, mark: string) =>
    `label_replace(limit_offset(${count}, ${offset}, ${sorted}), "session", "${mark} $1", "session", "(.*)")`;
  const own = Array.from({ length: numberedSessions }, (_, index) => marked(1, index, String(index + 1)));
  return [...own, marked(1_000, numberedSessions, '+')].join(' or ');
}

const comparisonRows = {
  fullestLive: {
    expr: `sort_desc(${asPattern(largest(3, live(usage)))})`,
    unit: 'percent',
    meaning: 'The three fullest live sessions.',
  },
  comparedChoice: {
    expr: `sort_desc(${fullestChoice} or ${asPattern(named(liveFirst, { during: '$__range' }))})`,
    meaning:
      'The three fullest live sessions as one, and the sessions of the time range, the live ones first.',
  },
  comparedUsage: {
    expr: numbered(overTime(usage)),
    unit: 'percent',
    meaning: 'Usage of the chosen sessions over time, each with a number.',
  },
  comparedAge: {
    expr: `max by (session_id) (${duration}${chosen})`,
    unit: 's',
    meaning: 'Time since the start of each chosen session, over time.',
  },
  comparedPeak: {
    expr: numbered(named(peak(usage, chosen), lookup)),
    unit: 'percent',
    meaning: 'The largest share of its window that each chosen session used in the time range.',
  },
  comparedPeakTokens: {
    expr: peak(tokens, chosen),
    meaning: 'The most tokens in the window of each chosen session in the time range.',
  },
  comparedWarning: {
    expr: crossingsInRange(crossings.warning, chosen),
    meaning: 'Crossings of the warning threshold by each chosen session in the time range.',
  },
  comparedCritical: {
    expr: crossingsInRange(crossings.critical, chosen),
    meaning: 'Crossings of the critical threshold by each chosen session in the time range.',
  },
  comparedCheckpoints: {
    expr: growthInRange(checkpoints, chosen),
    meaning: 'Checkpoints of each chosen session in the time range.',
  },
  comparedSaved: {
    expr: growthInRange(saved, chosen),
    meaning: 'Tokens that the checkpoints of each chosen session saved in the time range.',
  },
  comparedDuration: {
    expr: lastInRange(duration, chosen),
    unit: 's',
    meaning: 'How long each chosen session had run when it was last seen in the time range.',
  },
  comparedCost: {
    expr: lastInRange(cost, chosen),
    unit: 'currencyUSD',
    meaning: 'What each chosen session had cost when it was last seen in the time range.',
  },
  comparedEffectiveness: {
    expr: savedPerCheckpoint(chosen),
    meaning: 'Tokens that a checkpoint of each chosen session saved on average in the time range.',
  },
};

/** The queries of the Sessions compared dashboard: the sessions in `$sessions`, side by side. */
export const comparisonQueries = queryTable(comparisonRows, { legend: '{{session}}' });

/** The sessions of the time range, grouped by project or by model. */
export const groupQueries = { byProject: groupedBy('project'), byModel: groupedBy('model') } as const;

function groupedBy(label: 'project' | 'model') {
  const info = newestInfo({ during: '$__range' });
  const everySession = `max by (session_id) (last_over_time(${usage}[$__range]))`;
  // A session whose label nobody reports is in the group `unknown`.
  const described = `(0 * ${info} or on (session_id) 0 * ${everySession})`;
  const group = `label_replace(${described}, "${label}", "unknown", "${label}", "")`;
  const grouped = (expr: string) => `((${expr}) + on (session_id) group_left (${label}) ${group})`;
  const savedSum = `sum by (${label}) ${grouped(growthInRange(saved, ''))}`;
  const checkpointSum = `sum by (${label}) ${grouped(growthInRange(checkpoints, ''))}`;
  const inRange = `in the time range, by ${label}.`;
  return queryTable(
    {
      sessions: { expr: `count by (${label}) (${group})`, meaning: `Sessions ${inRange}` },
      peak: {
        expr: `avg by (${label}) ${grouped(peak(usage, ''))}`,
        unit: 'percent',
        meaning: `The largest share of its window that a session used on average ${inRange}`,
      },
      checkpoints: { expr: checkpointSum, meaning: `Checkpoints ${inRange}` },
      savedPerCheckpoint: {
        expr: `${savedSum} / (${checkpointSum} > 0)`,
        meaning: `Tokens that a checkpoint saved on average ${inRange}`,
      },
      cost: {
        expr: `sum by (${label}) ${grouped(lastInRange(cost, ''))}`,
        unit: 'currencyUSD',
        meaning: `What the sessions had cost ${inRange}`,
      },
    },
    { legend: `{{${label}}}`, nameOf: (key) => `${key}-by-${label}` },
  );
}
