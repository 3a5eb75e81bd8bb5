import { receiverMetrics, sessionMetrics } from '#metrics';
import type { Query } from './query.ts';
import { growthInRange, lastInRange, named, newestInfo } from './expressions.ts';

const matchers = 'session_id=~"$sessions"';
const chosen = `{${matchers}}`;
const lookup = { during: '$__range', matchers };
const usage = sessionMetrics.contextUsagePercent.name;
const tokens = sessionMetrics.contextTokens.name;
const checkpoints = sessionMetrics.checkpoints.name;
const saved = sessionMetrics.tokensSaved.name;
const cost = receiverMetrics.sessionCost.name;

const overTime = (metric: string) => named(`max by (session_id) (${metric}${chosen})`, lookup);
const peak = (metric: string, selector: string) =>
  `max by (session_id) (max_over_time(${metric}${selector}[$__range]))`;
const savedPerCheckpoint = (selector: string) =>
  `${growthInRange(saved, selector)} / (${growthInRange(checkpoints, selector)} > 0)`;

/** Sessions compared's own: the sessions that `$sessions` names, side by side. */
export const comparisonQueries = {
  comparedUsage: bySession(
    'compared-usage',
    overTime(usage),
    'percent',
    'Usage of the chosen sessions over time.',
  ),
  comparedAge: bySession(
    'compared-age',
    overTime(sessionMetrics.duration.name),
    's',
    'Time since the start of each chosen session, over time.',
  ),
  comparedPeak: bySession(
    'compared-peak',
    named(peak(usage, chosen), lookup),
    'percent',
    'The largest share of its window that each chosen session used in the time range.',
  ),
  comparedPeakTokens: bySession(
    'compared-peak-tokens',
    peak(tokens, chosen),
    'short',
    'The most tokens in the window of each chosen session in the time range.',
  ),
  comparedWarning: bySession(
    'compared-warning',
    growthInRange(sessionMetrics.threshold70.name, chosen),
    'short',
    'Crossings of the warning threshold by each chosen session in the time range.',
  ),
  comparedCritical: bySession(
    'compared-critical',
    growthInRange(sessionMetrics.threshold90.name, chosen),
    'short',
    'Crossings of the critical threshold by each chosen session in the time range.',
  ),
  comparedCheckpoints: bySession(
    'compared-checkpoints',
    growthInRange(checkpoints, chosen),
    'short',
    'Checkpoints of each chosen session in the time range.',
  ),
  comparedSaved: bySession(
    'compared-saved',
    growthInRange(saved, chosen),
    'short',
    'Tokens that the checkpoints of each chosen session saved in the time range.',
  ),
  comparedDuration: bySession(
    'compared-duration',
    lastInRange(sessionMetrics.duration.name, chosen),
    's',
    'How long each chosen session had run when it was last seen in the time range.',
  ),
  comparedCost: bySession(
    'compared-cost',
    lastInRange(cost, chosen),
    'currencyUSD',
    'What each chosen session had cost when it was last seen in the time range.',
  ),
  comparedEffectiveness: bySession(
    'compared-effectiveness',
    named(savedPerCheckpoint(chosen), lookup),
    'short',
    'Tokens that a checkpoint of each chosen session saved on average in the time range.',
  ),
} as const satisfies Record<string, Query>;

/** The sessions of the time range, put together by project or by model. */
export const groupQueries = { byProject: groupedBy('project'), byModel: groupedBy('model') } as const;

function groupedBy(label: 'project' | 'model') {
  const info = newestInfo({ during: '$__range' });
  const everySession = `max by (session_id) (last_over_time(${usage}[$__range]))`;
  // A session that nobody describes, or not in this respect, is in the group `unknown`.
  const described = `(0 * ${info} or on (session_id) 0 * ${everySession})`;
  const group = `label_replace(${described}, "${label}", "unknown", "${label}", "")`;
  const of = (expr: string) => `((${expr}) + on (session_id) group_left (${label}) ${group})`;
  const query = (name: string, expr: string, unit: string, meaning: string): Query => ({
    name: `${name}-by-${label}`,
    expr,
    unit,
    legend: `{{${label}}}`,
    meaning: `${meaning} in the time range, by ${label}.`,
  });
  const counted = growthInRange(checkpoints, '');
  return {
    sessions: query('sessions', `count by (${label}) (${group})`, 'short', 'Sessions'),
    peak: query(
      'peak',
      `avg by (${label}) ${of(peak(usage, ''))}`,
      'percent',
      'The largest share of its window that a session used on average',
    ),
    checkpoints: query('checkpoints', `sum by (${label}) ${of(counted)}`, 'short', 'Checkpoints'),
    savedPerCheckpoint: query(
      'saved-per-checkpoint',
      `sum by (${label}) ${of(growthInRange(saved, ''))} / (sum by (${label}) ${of(counted)} > 0)`,
      'short',
      'Tokens that a checkpoint saved on average',
    ),
    cost: query(
      'cost',
      `sum by (${label}) ${of(lastInRange(cost, ''))}`,
      'currencyUSD',
      'What the sessions had cost',
    ),
  };
}

function bySession(name: string, expr: string, unit: string, meaning: string): Query {
  return { name, expr, unit, legend: '{{session}}', meaning };
}
