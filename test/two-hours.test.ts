import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparisonQueries, groupQueries, overviewQueries, pipelineQueries, queriesAt } from '#queries';
import { defaultThresholds } from '#thresholds';
import { startBackend, type Backend } from './backend.ts';
import {
  committedDashboards,
  committedPanels,
  type Asked,
  type Panel,
} from './two-hours/committed-dashboards.ts';
import {
  actionExpectations,
  comparisonExpectations,
  groupExpectations,
  overviewExpectations,
  pipelineExpectations,
  sessionExpectations,
  type Answer,
  type Expectation,
} from './two-hours/expected.ts';
import { loadTwoHours } from './two-hours/load.ts';
import type { Moment } from './two-hours/moment.ts';
import { askInstant, askRange } from './two-hours/grafana-question.ts';
import { rowKeys, unknownFields, type Answered } from './two-hours/panel-fields.ts';
import { lastStep } from './two-hours/script.ts';

let backend: Backend;
/** Three hours ago, before the parts' real metrics about themselves begin. */
const startSeconds = Math.floor(Date.now() / 60_000) * 60 - 3 * 3_600;

beforeAll(async () => {
  backend = await startBackend();
  await loadTwoHours(backend, startSeconds);
}, 900_000);

afterAll(async () => backend?.[Symbol.asyncDispose]());

const { actions, named, sessionTable, session } = queriesAt(defaultThresholds);

const expectations = new Map<string, Expectation>([
  ...paired({ ...overviewQueries, ...named, ...sessionTable }, overviewExpectations),
  ...paired(session, sessionExpectations),
  ...paired(actions, actionExpectations),
  ...paired(comparisonQueries, comparisonExpectations),
  ...paired(groupQueries.byProject, groupExpectations('project')),
  ...paired(groupQueries.byModel, groupExpectations('model')),
  ...paired(pipelineQueries, pipelineExpectations),
]);

const sessions = {
  'with checkpoints, a name and subagents': '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  'with no checkpoint and no name': '9b2d7e10-0000-4000-8000-000000000001',
  'with an odd id': 'odd.id:1',
  'that two servers report': 'pair',
  'that ended': 'ended-late',
  'whose server restarted': 'restarted',
  'that was renamed': 'renamed',
};
const chosenForComparison = [
  'odd.id:1',
  'renamed',
  'pair',
  'ended-late',
  '9b2d7e10-0000-4000-8000-000000000001',
];

const hour: Omit<Moment, 'session'> = {
  at: lastStep,
  end: lastStep,
  rangeSteps: 360,
  intervalSteps: 6,
  rateSeconds: 70,
  lookbackSteps: 30,
  startSeconds,
  sessions: chosenForComparison,
};
const ranges: Readonly<Record<string, Omit<Moment, 'session'>>> = {
  'the last hour': hour,
  'the last 5 minutes': { ...hour, rangeSteps: 30, intervalSteps: 1, rateSeconds: 40 },
  'the last 30 days': { ...hour, rangeSteps: 259_200, intervalSteps: 180, rateSeconds: 1_810 },
  'an hour that is past': { ...hour, at: 540, end: 540 },
};

const allQueries = committedDashboards();
const ofSession = allQueries.filter(({ expr }) => expr.includes('$session"'));
const ofAll = allQueries.filter(({ expr }) => !expr.includes('$session"'));

test('every target, variable and annotation of every dashboard has an exact expected result', () => {
  expect(allQueries.length).toBeGreaterThan(90);
  expect(allQueries.filter(({ expr }) => !expectations.has(expr))).toEqual([]);
});

describe.each(Object.entries(ranges))('over %s', (_, range) => {
  test.each(ofAll.map((one) => [one.title, one] as const))('%s is exact', async (__, question) => {
    await expectExact(question, { ...range, session: '' });
  });

  describe.each(Object.entries(sessions))('of a session %s', (__, session) => {
    test.each(ofSession.map((one) => [one.title, one] as const))('%s is exact', async (___, question) => {
      await expectExact(question, { ...range, session });
    });
  });
});

const inDetail: Moment = { ...hour, session: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' };
const panels = committedPanels().filter(({ type }) => type !== 'row' && type !== 'alertlist');

test.each(panels.map((panel) => [panel.title, panel] as const))(
  '%s names fields that its queries give it',
  async (_, panel) => {
    expect(unknownFields(panel, await answersOf(panel, inDetail))).toEqual([]);
  },
);

const liveSessions = panels.find(({ title }) => title === 'Context overview: Live sessions')!;
test.each([
  ['now', lastStep],
  ['just after one ended', 701],
])('the table of live sessions has a row for each of them and no other, %s', async (_, at) => {
  const moment = { ...inDetail, at, end: at };
  const live = expectations.get(sessionTable.rowUsage.expr)!(moment);
  const ids = new Set(live.map(({ labels }) => labels['session_id']));
  expect(new Set(rowKeys(liveSessions, await answersOf(liveSessions, moment)))).toEqual(ids);
});

test('the table of totals has a row for each chosen session and no other', async () => {
  const totals = panels.find(({ title }) => title === 'Sessions compared: Totals')!;
  expect(new Set(rowKeys(totals, await answersOf(totals, inDetail)))).toEqual(new Set(chosenForComparison));
});

test('a wrong answer is reported', async () => {
  const question = allQueries.find(({ expr }) => expr === named.costNow.expr)!;
  const wrong = { ...hour, session: '', at: lastStep - 1 };
  const [answer] = await askInstant(backend, question.expr, { ...hour, session: '' });
  expect(answer?.value).not.toBe(expectations.get(question.expr)!(wrong)[0]?.value);
});

async function answersOf({ targets = [] }: Panel, moment: Moment): Promise<Answered> {
  return Promise.all(
    targets.map(async (target) => {
      if (!target.range) return [target, await askInstant(backend, target.expr, moment)] as const;
      return [target, [...(await askRange(backend, target.expr, moment)).values()].flat()] as const;
    }),
  );
}

async function expectExact({ expr, isRange }: Asked, moment: Moment): Promise<void> {
  const expectation = expectations.get(expr)!;
  if (!isRange) return expectSame(await askInstant(backend, expr, moment), expectation(moment));
  const answers = await askRange(backend, expr, moment);
  // In a range query a series counts for 30 s (`-search.minStalenessInterval`), or one step.
  const lookbackSteps = Math.max(3, moment.intervalSteps);
  for (const [at, answer] of answers) expectSame(answer, expectation({ ...moment, lookbackSteps, at }), at);
}

function expectSame(actual: readonly Answer[], expected: readonly Answer[], at?: number): void {
  const step = at === undefined ? {} : { step: at };
  const rounded = (answers: readonly Answer[]) => ({
    ...step,
    ...Object.fromEntries(answers.map(({ labels, value }) => [keyOf(labels), Number(value.toPrecision(10))])),
  });
  expect(rounded(actual)).toEqual(rounded(expected));
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(', ');
}

function paired(
  queries: Readonly<Record<string, { readonly expr: string }>>,
  expected: Readonly<Record<string, Expectation>>,
): [string, Expectation][] {
  return Object.entries(expected).map(([key, expectation]) => [queries[key]!.expr, expectation]);
}
