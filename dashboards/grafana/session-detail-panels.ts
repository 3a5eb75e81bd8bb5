import * as common from '@grafana/grafana-foundation-sdk/common';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type { QueriesAt, Query } from '#queries';
import { aTable, chart, oneNumber, refIdOf } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const notHere = 'No sample of this session in this time range: choose another one';
const notReported = 'No report: only Claude Code reports this, see npm run connect';
// Numbers have one size, so a longer text would be cut at 1280 pixels.
const numberNotHere = 'No sample';
const numberNotReported = 'No report';

/** The session's name, project, model and host. */
export function infoTable({ session: q }: QueriesAt) {
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
    description: 'Name, project, model and host of the session, and the source of its figures.',
    noData: notReported,
  })
    .overrideByName('Window known by', [parts.assumedSource])
    .overrideByName('Id', [{ id: 'custom.width', value: 300 }])
    .withTarget(parts.asTable(q.sessionInfo, 'A'))
    .withTransformation(parts.onlyFields(columns))
    .withTransformation(parts.orderedAndNamed(columns));
}

/** OK, WARNING or CRITICAL. */
export function stateStat({ thresholds: { warning, critical }, session: q }: QueriesAt) {
  return number(
    q.sessionState,
    'State',
    `How full the context window is: WARNING from ${warning.percent} %, CRITICAL from ${critical.percent} %.`,
  )
    .mappings(parts.stateWords())
    .decimals(0);
}

/** How full the window is. */
export function usageStat({ thresholds, session: q }: QueriesAt) {
  return number(
    q.sessionUsage,
    'Usage',
    'Share of its context window that the session uses at the end of the time range.',
  )
    .decimals(1)
    .thresholds(parts.usageSteps(thresholds, parts.unmarked));
}

/** Tokens and window. */
export function tokensStat({ session: q }: QueriesAt) {
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
export function toCompactionStat({ session: q }: QueriesAt) {
  return number(
    q.sessionToCompaction,
    'To compaction',
    'Tokens left until Claude Code compacts the session automatically and detail is lost. Only Claude Code reports this: npm run connect.',
    numberNotReported,
  ).decimals(1);
}

/** How soon the window will be full. */
export function toFullStat({ session: q }: QueriesAt) {
  return number(
    q.sessionToFull,
    'Full in',
    'Time until the window is full at the pace of the last 5 minutes of the time range, if it grew in 4 steps or more.',
    'No pace yet',
  );
}

/** How often a checkpoint was made. */
export function checkpointsStat({ session: q }: QueriesAt) {
  return number(
    q.sessionCheckpoints,
    'Checkpoints',
    'Checkpoints and compactions of the session in the time range.',
  ).decimals(0);
}

/** How much a checkpoint saves. */
export function savedAverageStat({ session: q }: QueriesAt) {
  return number(
    q.sessionSavedAverage,
    'Saved per checkpoint',
    'Tokens that a checkpoint of the session freed on average in the time range.',
    'No checkpoints yet',
  ).decimals(1);
}

/** What the session cost. */
export function costStat({ session: q }: QueriesAt) {
  return number(
    q.sessionCost,
    'Cost',
    'What the session had cost at the end of the time range, in US dollars. Only Claude Code reports this: npm run connect.',
    numberNotReported,
  ).decimals(2);
}

/** How long the session has been running. */
export function durationStat({ session: q }: QueriesAt) {
  return number(
    q.sessionDuration,
    'Running for',
    'Time from the session’s first report to the end of the time range.',
  );
}

/** When the session was last active. */
export function lastActivityStat({ session: q }: QueriesAt) {
  return number(
    q.sessionLastActivity,
    'Last activity',
    'When the session last did something, within the time range.',
  );
}

function number(query: Query, title: string, description: string, noData = numberNotHere) {
  return oneNumber(query, { title, description, noData });
}

/** The context, and the limits that it can reach. */
export function occupancyTimeSeries({ thresholds: { warning, critical }, session: q }: QueriesAt) {
  const { ok, warning: soon, critical: full } = parts.colors;
  const panel = chart(
    [q.occupancy, q.occupancyWindow, q.occupancyCompaction, q.occupancyWarning, q.occupancyCritical],
    {
      title: 'Tokens in the context',
      description: `The thick line is what the context holds; a fall is a checkpoint or a compaction. The thin ones are the window, the point at which Claude Code compacts automatically, and ${warning.percent} % and ${critical.percent} % of the window.`,
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
export function stateTimeline({ thresholds: { warning, critical }, session: q }: QueriesAt) {
  return parts
    .withText(new statetimeline.PanelBuilder(), {
      title: 'State over time',
      description: `When the session was OK, at WARNING (${warning.percent} % or more) at CRITICAL (${critical.percent} % or more), and when nothing reported it.`,
      noData: notHere,
      unit: 'short',
    })
    .mappings(parts.stateWords(parts.colors.ok))
    .mergeValues(true)
    .disablePagination()
    .showValue(common.VisibilityMode.Auto)
    .withTarget(parts.overTime(q.stateOverTime));
}

/** How fast the context fills. */
export function fillRateTimeSeries({ session: q }: QueriesAt) {
  return chart([q.fillRate], {
    title: 'Fill rate (tokens per minute)',
    description:
      'Tokens added to the context per minute, over the 5 minutes before each point. What a checkpoint removes is not subtracted.',
    noData: notHere,
  });
}

/** When the window was predicted to be full. */
export function toFullTimeSeries({ session: q }: QueriesAt) {
  return chart([q.toFullOverTime], {
    title: 'Predicted time to full',
    description:
      'The time until the window is full, as predicted at each point from the pace of the 5 minutes before it.',
    noData:
      'No pace: the context grew in fewer than 4 steps within any 5 minutes. Choose a longer time range.',
  });
}

/** Every checkpoint. */
export function checkpointTable({ session: q }: QueriesAt) {
  const columns = [q.checkpointCountPerPoint, q.checkpointBefore, q.checkpointAfter, q.checkpointSaved];
  const titles = ['Checkpoints', 'Before', 'After', 'Saved'];
  const panel = aTable({
    title: 'Checkpoints, one by one',
    description:
      'Each checkpoint or compaction in the time range, with the tokens before and after it, what it saved, and, for a compaction by Claude Code, what triggered it. In long time ranges, the checkpoints between two points share a row.',
    noData: 'No checkpoints yet in this time range.',
  })
    .minWidth(80)
    .maxDataPoints(1_000);
  [...columns, q.checkpointTrigger].forEach((query, index) => {
    panel.withTarget(parts.asHistoryTable(query, refIdOf(index)));
  });
  const figures = titles.map((title, index) => [`Value #${refIdOf(index)}`, title]);
  titles.forEach((title, index) =>
    panel.overrideByName(title, [{ id: 'unit', value: columns[index]!.unit }]),
  );
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

/** The contexts of the session's subagents. */
export function subagentsTimeSeries({ session: q }: QueriesAt) {
  return chart([q.subagents], {
    title: 'Subagents',
    description:
      'Tokens in the context windows of the subagents. These windows are their own and do not count in the figures above.',
    noData: 'No subagents in this time range, or nothing reports them: see npm run connect',
  });
}

/** The cost over time. */
export function costTimeSeries({ session: q }: QueriesAt) {
  return chart([q.costOverTime], {
    title: 'Cost so far',
    description: 'What the session had cost at each point, in US dollars.',
    noData: notReported,
  }).decimals(2);
}
