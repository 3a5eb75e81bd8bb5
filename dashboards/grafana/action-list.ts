import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Action, ownActions, type QueriesAt, type Query, sessionActions } from '#queries';
import { aTable, type Text } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const colorOf: Readonly<Record<Action['severity'], string>> = {
  critical: parts.colors.critical,
  warning: parts.colors.warning,
  info: parts.unmarked,
};

/** What to do, the most urgent first: a line for each session, and for each problem of ctxd. */
export function whatToDo({ actions }: QueriesAt) {
  const fields = [
    ['alertname', 'Do'],
    ['session', 'Session'],
    ['Value', 'For'],
    ['session_id', 'Id'],
    ['board', 'Board'],
  ] as const;
  return listOf(actions.whatToDo, fields, {
    title: 'What to do',
    description:
      'One line for each session with an alert, the most urgent action first, and for each problem of ctxd itself: what to do, where, and for how long the alert has been firing. An alert on a threshold is listed only while the session is still above it. The list shows the end of the time range.',
    noData: 'No alert fires: nothing to do.',
  })
    .overrideByName('Session', [
      { id: 'custom.minWidth', value: 88 },
      {
        id: 'links',
        value: [parts.linkTo('What happened', '${__data.fields.board}', 'row').build()],
      },
    ])
    .overrideByName('Id', [parts.hidden])
    .overrideByName('Board', [parts.hidden]);
}

/** Whether ctxd is healthy, and otherwise what is wrong and since when. */
export function healthSentence({ actions }: QueriesAt) {
  const fields = [
    ['alertname', 'Do'],
    ['Value', 'For'],
  ] as const;
  return listOf(actions.ownProblems, fields, {
    title: 'Health',
    description:
      'Whether ctxd is healthy. Otherwise: what is wrong, and for how long its alert has been firing. The alert’s runbook says what to do.',
    noData: 'No problem: ctxd is healthy.',
  });
}

function listOf(query: Query, fields: parts.Fields, text: Text) {
  return aTable(text)
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: 'rank' }] } })
    .showHeader(false)
    .overrideByName('Do', [
      { id: 'custom.width', value: 132 },
      { id: 'mappings', value: actionWords() },
      { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    ])
    .overrideByName('For', [
      { id: 'custom.width', value: 66 },
      { id: 'unit', value: query.unit },
      { id: 'decimals', value: 0 },
    ])
    .withTarget(parts.asTable(query, 'A'))
    .withTransformation(parts.onlyFields(fields))
    .withTransformation(parts.orderedAndNamed(fields));
}

/** The words and the colour of each alert. */
function actionWords(): ValueMapping[] {
  const actions = [...sessionActions, ...ownActions];
  const options = Object.fromEntries(
    actions.map(({ alert, text, severity }, index) => [alert, { text, color: colorOf[severity], index }]),
  );
  return [{ type: MappingType.ValueToText, options }];
}
