import * as common from '@grafana/grafana-foundation-sdk/common';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import { sessionQueries as q, type Query } from '#queries';
import { thresholds } from '#thresholds';
import { aTable, chart, oneNumber, refIdOf } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const { warning, critical } = thresholds;
const notHere = 'No sample of this session in this time range: choose another one';
const notReported = 'No report of it: only Claude Code reports this, see npm run connect';
// Grafana shrinks a number's text until it fits: more than some 24 letters nobody can read.
const numberNotHere = 'No sample: widen range';
const numberNotReported = 'No report: npm run connect';

/** What the session is called and runs on. */
export function infoTable() {
  const columns = [
    ['session_name', 'Name'],
    ['project', 'Project'],
    ['model', 'Model'],
    ['host', 'Host'],
    ['source', 'Figures from'],
    ['window_source', 'Window known by'],
    ['session_id', 'Id'],
  ] as const;
  return aTable({
    title: 'Session',
    description: 'What the session is called, what it runs on, and where its figures come from.',
    noData: notReported,
  })
    .overrideByName('Id', [{ id: 'custom.width', value: 300 }])
    .withTarget(parts.asTable(q.sessionInfo, 'A'))
    .withTransformation(parts.onlyFields(columns))
    .withTransformation(parts.orderedAndNamed(columns));
}

/** OK, WARNING or CRITICAL. */
export function stateStat() {
  return number(
    q.sessionState,
    'State',
    `How full the context window is: WARNING from ${warning.percent} %, CRITICAL from ${critical.percent} %.`,
  )
    .mappings(parts.stateWords())
    .decimals(0);
}

/** How full the window is. */
export function usageStat() {
  return number(
    q.sessionUsage,
    'Usage',
    'Share of its context window that the session uses at the end of the time range.',
  )
    .decimals(1)
    .thresholds(parts.usageSteps(parts.unmarked));
}

/** Tokens and window. */
export function tokensStat() {
  return number(
    q.sessionTokens,
    'Tokens of window',
    'Tokens in the context window at the end of the time range, and the size of the window.',
  )
    .textMode(common.BigValueTextMode.ValueAndName)
    .decimals(1)
    .withTarget(parts.atEnd(q.sessionWindow, 'B'))
    .overrideByQuery('A', [{ id: 'displayName', value: 'used' }])
    .overrideByQuery('B', [{ id: 'displayName', value: 'of window' }]);
}

/** How near compaction is. */
export function toCompactionStat() {
  return number(
    q.sessionToCompaction,
    'Tokens to compaction',
    'Tokens that are left until Claude Code compacts the session by itself and detail is lost. Only Claude Code reports this.',
    numberNotReported,
  ).decimals(1);
}

/** How soon the window is full. */
export function toFullStat() {
  return number(
    q.sessionToFull,
    'Full in',
    'Time until the window is full at the pace of the last 5 minutes of the time range, if it grew in 4 steps or more within them.',
    'No pace: wait for 4 steps',
  );
}

/** How often a checkpoint was made. */
export function checkpointsStat() {
  return number(
    q.sessionCheckpoints,
    'Checkpoints',
    'Checkpoints and compactions of the session in the time range.',
  ).decimals(0);
}

/** What a checkpoint brings. */
export function savedAverageStat() {
  return number(
    q.sessionSavedAverage,
    'Saved per checkpoint',
    'Tokens that a checkpoint of the session freed on average in the time range.',
    'No checkpoints yet',
  ).decimals(1);
}

/** What the session cost. */
export function costStat() {
  return number(
    q.sessionCost,
    'Cost',
    'What the session had cost at the end of the time range, in US dollars. Only Claude Code reports this.',
    numberNotReported,
  ).decimals(2);
}

/** How long the session runs. */
export function durationStat() {
  return number(
    q.sessionDuration,
    'Running for',
    'Time from the session’s first report to the end of the time range.',
  );
}

/** When the session was last heard of. */
export function lastActivityStat() {
  return number(
    q.sessionLastActivity,
    'Last activity',
    'When the session last did something, within the time range.',
  );
}

function number(query: Query, title: string, description: string, noData = numberNotHere) {
  return oneNumber(query, { title, description, noData });
}

/** The context, and all that it can run into. */
export function occupancyTimeSeries() {
  const { ok, warning: soon, critical: full } = parts.colors;
  const panel = chart(
    [q.occupancy, q.occupancyWindow, q.occupancyCompaction, q.occupancyWarning, q.occupancyCritical],
    {
      title: 'Tokens in the context',
      description: `The thick line is what the context holds; a fall is a checkpoint or a compaction. The thin ones are the window, the point at which Claude Code compacts by itself, and ${warning.percent} % and ${critical.percent} % of the window.`,
      noData: notHere,
    },
    { colors: [ok, 'text', 'purple', soon, full] },
  ).legend(parts.legendTable());
  for (const limit of ['B', 'C', 'D', 'E']) panel.overrideByQuery(limit, [dashed]);
  return panel.overrideByQuery('A', [
    { id: 'custom.lineWidth', value: 3 },
    { id: 'custom.fillOpacity', value: 10 },
  ]);
}

const dashed = { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } };

/** OK, WARNING, CRITICAL over time. */
export function stateTimeline() {
  return parts
    .withText(new statetimeline.PanelBuilder(), {
      title: 'State over time',
      description: `When the session was OK, at WARNING (${warning.percent} % or more) and at CRITICAL (${critical.percent} % or more).`,
      noData: notHere,
      unit: 'short',
    })
    .mappings(parts.stateWords(parts.colors.ok))
    .mergeValues(true)
    .disablePagination()
    .showValue(common.VisibilityMode.Auto)
    .withTarget(parts.overTime(q.stateOverTime));
}

/** How fast it fills. */
export function fillRateTimeSeries() {
  return chart([q.fillRate], {
    title: 'Fill rate (tokens per minute)',
    description:
      'Tokens per minute that came into the context over the 5 minutes before each point. What a checkpoint takes away does not count.',
    noData: notHere,
  });
}

/** When it was going to be full. */
export function toFullTimeSeries() {
  return chart([q.toFullOverTime], {
    title: 'Predicted time to full',
    description:
      'How long the window was going to last at each point, at the pace of the 5 minutes before it.',
    noData:
      'No pace: the context grew in fewer than 4 steps within any 5 minutes. Choose a longer time range.',
  });
}

/** Every checkpoint. */
export function checkpointTable() {
  const columns = [q.checkpointCountPerPoint, q.checkpointBefore, q.checkpointAfter, q.checkpointSaved];
  const titles = ['Checkpoints', 'Before', 'After', 'Saved'];
  const panel = aTable({
    title: 'Checkpoints, one by one',
    description:
      'Each checkpoint or compaction in the time range, with the tokens before and after it, what it saved, and, for a compaction by Claude Code, what triggered it. Over long time ranges those of one point in time share a line.',
    noData: 'No checkpoints yet in this time range.',
  })
    .minWidth(80)
    .maxDataPoints(1_000);
  [...columns, q.checkpointTrigger].forEach((query, index) => {
    panel.withTarget(parts.asHistoryTable(query, refIdOf(index)));
  });
  const figures = titles.map((title, index) => [`Value #${refIdOf(index)}`, title]);
  const fields = [...figures, ['trigger', 'Trigger']];
  return panel
    .overrideByName('Time', [{ id: 'custom.width', value: 160 }])
    .overrideByName('Checkpoints', [
      { id: 'custom.width', value: 100 },
      { id: 'decimals', value: 0 },
    ])
    .withTransformation({ id: 'joinByField', options: { byField: 'Time', mode: 'outer' } })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: ['Time', ...fields.map(([name]) => name)] } },
    })
    .withTransformation({ id: 'organize', options: { renameByName: Object.fromEntries(fields) } })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName('Time').desc(true)]);
}

/** What its subagents hold. */
export function subagentsTimeSeries() {
  return chart([q.subagents], {
    title: 'Subagents',
    description:
      'Tokens in the context windows of the subagents, which have windows of their own: they are no part of the figures above.',
    noData: 'No subagents in this time range, or nothing reports them: see npm run connect',
  });
}

/** What it cost as it went. */
export function costTimeSeries() {
  return chart([q.costOverTime], {
    title: 'Cost so far',
    description: 'What the session had cost at each point, in US dollars.',
    noData: notReported,
  }).decimals(2);
}
