import type { comparisonQueries, groupQueries, pipelineQueries, QueriesAt } from '#queries';
import { firing, goodbye } from './figures.ts';
import { infoLabels } from './load.ts';
import {
  alive,
  bare,
  chosen,
  compared,
  each,
  grew,
  intervalOf,
  largest,
  newestIn,
  newestStep,
  rangeBefore,
  rangeOf,
  reportedCourses,
  samplesIn,
  secondsBefore,
  sum,
  type Moment,
  type Span,
} from './moment.ts';
import {
  compactionTokens,
  courses,
  isReported,
  nameAt,
  stepSeconds,
  subagentTokens,
  type Course,
} from './script.ts';

/** One series of a result. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a query must return at a moment, computed from the script alone. */
export type Expectation = (moment: Moment) => readonly Answer[];

type NamesOf<Queries> = keyof Queries;

const fiveMinutes = (to: number): Span => secondsBefore(to, 300);

function single(value: number | undefined): Answer[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

function bySession(values: Map<Course, number>): Answer[] {
  return Array.from(values, ([{ session }, value]) => ({ labels: { session_id: session.id }, value }));
}

/** Labels with the last name of a session within the span, or else its short id. */
function byName(values: Map<Course, number>, span: Span): Answer[] {
  return Array.from(values, ([course, value]) => ({ labels: nameLabels(course, span), value }));
}

function nameLabels(course: Course, span: Span): Record<string, string> {
  const { id } = course.session;
  const step = isReported(course.session) ? newestStep(course.figures, span) : undefined;
  const name = step === undefined ? undefined : nameAt(course.session, step);
  const short = /^[0-9a-f]{8}-/.test(id) ? id.slice(0, 8) : id.slice(0, 24);
  return { session_id: id, ...(name !== undefined && { session_name: name }), session: name ?? short };
}

const stateOf = (percent: number) => Number(percent >= 70) + Number(percent >= 90);

const livePercent = (moment: Moment) => each((course) => alive(course, moment)?.percent);
const liveTokens = (moment: Moment) => each((course) => alive(course, moment)?.tokens);
const live = (moment: Moment, read: (course: Course) => number | undefined, of = courses) =>
  each((course) => (alive(course, moment) === undefined ? undefined : read(course)), of);
const values = (map: Map<Course, number>) => [...map.values()];

/** The sessions that the chart of the overview draws. */
function drawn({ end }: Moment): Set<Course> {
  return new Set(
    largest(
      each((course) => newestIn(course, fiveMinutes(end))?.percent),
      10,
    ).keys(),
  );
}

function crossings(key: 'warnings' | 'criticals'): Expectation {
  return (moment) => {
    const counted = values(each((course) => grew(course, intervalOf(moment), key)));
    return counted.length === 0 ? [] : single(sum(counted));
  };
}

/** Expected results of the overview's queries and of the columns of its table. */
export const overviewExpectations: Record<
  | NamesOf<QueriesAt['named']>
  | NamesOf<QueriesAt['sessionTable']>
  | 'activeSessionsNow'
  | 'totalTokensNow'
  | 'totalWindowNow'
  | 'averageUsageNow',
  Expectation
> = {
  filterChoice: (m) => {
    const shown = reportedCourses.filter(
      (course) => newestStep(course.figures, rangeBefore(m)) !== undefined,
    );
    const projects = new Set(shown.map(({ session }) => `project ${session.project}`));
    return [...projects, ...(shown.length > 0 ? ['host laptop'] : [])].map((text) => {
      const matcher = text.replace(/ (.*)/, '="$1"');
      const value = `and on (session_id) last_over_time(contextd_session_info{${matcher}}[5m] @ end())`;
      return { labels: { text, value }, value: 1 };
    });
  },
  criticalNow: (m) => single(values(livePercent(m)).filter((percent) => percent >= 90).length),
  liveNow: (m) => single(livePercent(m).size),
  warningNow: (m) => single(values(livePercent(m)).filter((percent) => percent >= 70 && percent < 90).length),
  activeSessionsNow: (m) => single(livePercent(m).size),
  totalTokensNow: (m) => single(sum(values(liveTokens(m)))),
  totalWindowNow: (m) => single(sum(values(live(m, ({ session }) => session.windowTokens)))),
  averageUsageNow: (m) => single(sum(values(livePercent(m))) / livePercent(m).size),
  usageNamedOverTime: (m) => {
    const shown = drawn(m);
    return byName(
      each((course) => (shown.has(course) ? bare(course, m)?.percent : undefined)),
      fiveMinutes(m.end),
    );
  },
  warningCrossingsPerBar: crossings('warnings'),
  criticalCrossingsPerBar: crossings('criticals'),
  nextFull: (m) => {
    const times = live(m, (course) => toFull(course, m.at));
    const [soonest] = [...times].filter(([, seconds]) => seconds > 0).toSorted(([, a], [, b]) => a - b);
    return byName(new Map(soonest && [soonest]), fiveMinutes(m.end));
  },
  costNow: (m) => single(sum(values(live(m, (course) => costOf(course, m.at), reportedCourses)))),
  rateLimitsNow: ({ at }) => [
    { labels: { window: '5 h' }, value: at / 10 },
    { labels: { window: '7 d' }, value: 12 },
  ],
  rowUsage: (m) => byName(livePercent(m), fiveMinutes(m.end)),
  rowState: (m) =>
    bySession(new Map(Array.from(livePercent(m), ([course, percent]) => [course, stateOf(percent)]))),
  rowInfo: (m) =>
    infoAnswers(
      reportedCourses.filter((course) => alive(course, m)),
      secondsBefore(m.end, 60),
      m,
    ),
  rowToCompaction: (m) =>
    bySession(live(m, (course) => toCompaction(course, alive(course, m)!.tokens), reportedCourses)),
  rowToFull: (m) => bySession(live(m, (course) => toFull(course, m.at))),
  rowCheckpoints: (m) => bySession(each((course) => alive(course, m)?.checkpoints)),
  rowTrend: (m) => {
    const shown = largest(
      each((course) => newestIn(course, secondsBefore(m.end, 30))?.percent),
      50,
    );
    return bySession(each((course) => (shown.has(course) ? bare(course, m)?.percent : undefined)));
  },
};

function costOf({ session, figures }: Course, at: number): number | undefined {
  const step = newestStep(figures, { from: -1, to: at });
  return session.costPerStep === undefined || step === undefined ? undefined : session.costPerStep * step;
}

function toCompaction({ session }: Course, tokens: number): number {
  return Math.max(0, compactionTokens(session) - tokens);
}

/** Growth within the 5 minutes before a step. */
function gained({ figures }: Course, at: number): number {
  return sum(
    Array.from({ length: 30 }, (_, back) => at - back).map((step) =>
      Math.max(0, (figures[step]?.tokens ?? 0) - (figures[step - 1]?.tokens ?? 0)),
    ),
  );
}

function toFull(course: Course, at: number): number | undefined {
  const { figures, session } = course;
  const now = figures[at];
  if (now === undefined) return undefined;
  const changes = Array.from({ length: 30 }, (_, back) => at - back).filter(
    (step) => figures[step]?.tokens !== figures[step - 1]?.tokens,
  ).length;
  const percentPerSecond = ((gained(course, at) / session.windowTokens) * 100) / 300;
  if (percentPerSecond === 0 || changes < 4) return undefined;
  return Math.max(0, 100 - now.percent) / percentPerSecond;
}

function infoAnswers(of: readonly Course[], span: Span, { startSeconds }: Moment): Answer[] {
  return of.flatMap((course) => {
    const step = newestStep(course.figures, span);
    if (step === undefined) return [];
    return {
      labels: { ...infoLabels(course, nameAt(course.session, step)), service_name: 'ctxd-receiver' },
      value: startSeconds + step * stepSeconds,
    };
  });
}

/** The value of the state of a session that is not live. */
const ended = 3;

/** The sessions of the time range, the live ones with 1,000 more than their peak. */
function liveFirst(m: Moment): Answer[] {
  return byName(
    each((course) => {
      const highest = peak(course, rangeBefore(m), 'percent');
      return highest === undefined || alive(course, m) === undefined ? highest : 1_000 + highest;
    }),
    rangeOf(m),
  );
}

type OfChosen = (course: Course, moment: Moment) => number | undefined;

const ofChosen =
  (read: OfChosen): Expectation =>
  (moment) => {
    const course = chosen(moment);
    const value = read(course, moment);
    return value === undefined ? [] : [{ labels: { session_id: course.session.id }, value }];
  };
const lastOf = (course: Course, moment: Moment) => newestIn(course, rangeBefore(moment));
const reportedOnly =
  (read: OfChosen): OfChosen =>
  (course, moment) =>
    isReported(course.session) ? read(course, moment) : undefined;
const passedCheckpoint =
  (read: OfChosen): Expectation =>
  (moment) =>
    (grew(chosen(moment), intervalOf(moment), 'checkpoints') ?? 0) > 0 ? ofChosen(read)(moment) : [];
const tokensOf = (course: Course, span: Span) => samplesIn(course, span).map(({ tokens }) => tokens);

/** Expected results of the queries of Session detail. */
export const sessionExpectations: Record<NamesOf<QueriesAt['session']>, Expectation> = {
  sessionChoice: (m) => [
    ...liveFirst(m),
    { labels: { session_id: 'gone', session: 'unknown session gone' }, value: -1 },
  ],
  sessionInfo: (m) =>
    infoAnswers(
      [chosen(m)].filter(({ session }) => isReported(session)),
      rangeOf(m),
      m,
    ),
  sessionState: ofChosen((course, m) =>
    lastOf(course, m) === undefined ? undefined : (state(alive(course, m)?.percent) ?? ended),
  ),
  sessionUsage: ofChosen((course, m) => lastOf(course, m)?.percent),
  sessionTokens: ofChosen((course, m) => lastOf(course, m)?.tokens),
  sessionWindow: ofChosen((course, m) => lastOf(course, m) && course.session.windowTokens),
  sessionToCompaction: ofChosen(
    reportedOnly((course, m) => {
      const last = lastOf(course, m);
      return last && toCompaction(course, last.tokens);
    }),
  ),
  sessionToFull: ofChosen((course, m) => (bare(course, m) ? toFull(course, m.at) : undefined)),
  sessionCheckpoints: ofChosen((course, m) => grew(course, rangeBefore(m), 'checkpoints')),
  sessionSavedAverage: ofChosen((course, m) => savedAverage(course, rangeBefore(m))),
  sessionCost: ofChosen((course, m) => lastOf(course, m) && costOf(course, m.at)),
  sessionDuration: ofChosen((course, m) => lastOf(course, m)?.durationSeconds),
  sessionLastActivity: ofChosen((course, m) => {
    const step = newestStep(course.figures, rangeBefore(m));
    return step === undefined ? undefined : (1_000_000 + step) * 1_000;
  }),
  occupancy: ofChosen((course, m) => bare(course, m)?.tokens),
  occupancyWindow: ofChosen((course, m) => bare(course, m) && course.session.windowTokens),
  occupancyCompaction: ofChosen(
    reportedOnly((course, m) => bare(course, m) && compactionTokens(course.session)),
  ),
  occupancyWarning: ofChosen((course, m) => bare(course, m) && course.session.windowTokens * 0.7),
  occupancyCritical: ofChosen((course, m) => bare(course, m) && course.session.windowTokens * 0.9),
  fillRate: ofChosen((course, m) =>
    samplesIn(course, fiveMinutes(m.at)).length > 0 ? gained(course, m.at) / 5 : undefined,
  ),
  toFullOverTime: ofChosen((course, m) => (bare(course, m) ? toFull(course, m.at) : undefined)),
  stateOverTime: (m) => {
    const [found] = ofChosen((course) => state(bare(course, m)?.percent))(m);
    return single(found?.value ?? 4);
  },
  checkpointCountPerPoint: passedCheckpoint((course, m) => grew(course, intervalOf(m), 'checkpoints')),
  checkpointBefore: passedCheckpoint((course, m) =>
    Math.max(
      ...tokensOf(course, intervalOf(m)),
      newestIn(course, fiveMinutes(m.at - m.intervalSteps))?.tokens ?? 0,
    ),
  ),
  checkpointAfter: passedCheckpoint((course, m) => Math.min(...tokensOf(course, intervalOf(m)))),
  checkpointSaved: passedCheckpoint((course, m) => grew(course, intervalOf(m), 'saved')),
  checkpointTrigger: (m) => {
    const count = isReported(chosen(m).session) ? grew(chosen(m), intervalOf(m), 'checkpoints') : 0;
    return count ? [{ labels: { trigger: 'auto' }, value: count }] : [];
  },
  subagents: (m) =>
    bare(chosen(m), m) === undefined
      ? []
      : chosen(m).session.subagents.map((agent, index) => ({
          labels: { agent },
          value: subagentTokens(index, m.at),
        })),
  costOverTime: ofChosen((course, m) => bare(course, m) && costOf(course, m.at)),
};

function state(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : stateOf(percent);
}

function peak(course: Course, span: Span, key: 'percent' | 'tokens'): number | undefined {
  const samples = samplesIn(course, span).map((figures) => figures[key]);
  return samples.length === 0 ? undefined : Math.max(...samples);
}

function savedAverage(course: Course, span: Span): number | undefined {
  const count = grew(course, span, 'checkpoints');
  return count ? grew(course, span, 'saved')! / count : undefined;
}

const named = (m: Moment, read: OfChosen) =>
  byName(
    each((course) => read(course, m), compared(m)),
    rangeOf(m),
  );
const plain = (m: Moment, read: OfChosen) => bySession(each((course) => read(course, m), compared(m)));

/** A session has its number in the whole time range, even where it has no sample. */
function numbered(m: Moment, read: OfChosen): Answer[] {
  const inRange = named(m, (course) => newestIn(course, rangeOf(m))?.percent);
  const ids = inRange.map(({ labels }) => labels['session_id']!).toSorted();
  return named(m, read).map(({ labels, value }) => {
    const index = ids.indexOf(labels['session_id']!);
    return { labels: { ...labels, session: `${index < 4 ? index + 1 : '+'} ${labels['session']}` }, value };
  });
}

/** Expected results of the queries of Sessions compared. */
export const comparisonExpectations: Record<NamesOf<typeof comparisonQueries>, Expectation> = {
  fullestLive: (m) => bySession(largest(livePercent(m), 3)),
  comparedChoice: (m) => [
    { labels: { session_id: 'x|y', session: 'The three fullest live' }, value: 10_000 },
    ...liveFirst(m).map(({ labels, value }) => ({
      labels: { ...labels, session_id: labels['session_id']!.replaceAll('.', '[.]') },
      value,
    })),
  ],
  comparedUsage: (m) => numbered(m, (course) => bare(course, m)?.percent),
  comparedAge: (m) => plain(m, (course) => bare(course, m)?.durationSeconds),
  comparedPeak: (m) => numbered(m, (course) => peak(course, rangeBefore(m), 'percent')),
  comparedPeakTokens: (m) => plain(m, (course) => peak(course, rangeBefore(m), 'tokens')),
  comparedWarning: (m) => plain(m, (course) => grew(course, rangeBefore(m), 'warnings')),
  comparedCritical: (m) => plain(m, (course) => grew(course, rangeBefore(m), 'criticals')),
  comparedCheckpoints: (m) => plain(m, (course) => grew(course, rangeBefore(m), 'checkpoints')),
  comparedSaved: (m) => plain(m, (course) => grew(course, rangeBefore(m), 'saved')),
  comparedDuration: (m) => plain(m, (course) => lastOf(course, m)?.durationSeconds),
  comparedCost: (m) => plain(m, (course) => lastOf(course, m) && costOf(course, m.at)),
  comparedEffectiveness: (m) => plain(m, (course) => savedAverage(course, rangeBefore(m))),
};

/** Expected rows of the tables by project and by model. */
export function groupExpectations(
  key: 'project' | 'model',
): Record<NamesOf<typeof groupQueries.byProject>, Expectation> {
  const groups = (m: Moment) => {
    const seen = courses.filter((course) => newestStep(course.figures, rangeOf(m)) !== undefined);
    return Map.groupBy(seen, ({ session }) => session[key] ?? 'unknown');
  };
  const grouped =
    (read: (of: readonly Course[], m: Moment) => number | undefined): Expectation =>
    (m) =>
      Array.from(groups(m), ([group, of]) => ({ labels: { [key]: group }, value: read(of, m) })).filter(
        (answer): answer is Answer => answer.value !== undefined,
      );
  const total = (of: readonly Course[], m: Moment, counter: 'checkpoints' | 'saved') =>
    sum(of.map((course) => grew(course, rangeBefore(m), counter) ?? 0));
  return {
    sessions: grouped((of) => of.length),
    peak: grouped((of, m) => sum(of.map((course) => peak(course, rangeBefore(m), 'percent')!)) / of.length),
    checkpoints: grouped((of, m) => total(of, m, 'checkpoints')),
    savedPerCheckpoint: grouped((of, m) => {
      const count = total(of, m, 'checkpoints');
      return count === 0 ? undefined : total(of, m, 'saved') / count;
    }),
    cost: grouped((of, m) => {
      const costs = of.map((course) => costOf(course, m.at)).filter((usd) => usd !== undefined);
      return costs.length === 0 ? undefined : sum(costs);
    }),
  };
}

/** Expected results of the lists of what to do. */
export const actionExpectations: Record<NamesOf<QueriesAt['actions']>, Expectation> = {
  whatToDo: (m) => [
    ...firing.bySession.map(({ session_id, alertname }) => ({
      labels: {
        ...nameLabels(
          courses.find(({ session }) => session.id === session_id)!,
          secondsBefore(m.end, 21_600),
        ),
        alertname,
        rank: '1',
        board: 'ctxd-session-detail',
      },
      value: firingFor(m),
    })),
    {
      labels: { alertname: firing.own, session: 'ctxd', board: 'ctxd-pipeline-health', rank: '9' },
      value: firingFor(m),
    },
  ],
  ownProblems: (m) => [{ labels: { alertname: firing.own }, value: firingFor(m) }],
};

const firingFor = ({ startSeconds, at }: Moment) => startSeconds + at * stepSeconds - firing.sinceSeconds;

/** The rate per minute of a counter that grows by a fixed amount at each step. */
const perMinute =
  (...perStep: number[]): Expectation =>
  () =>
    single(sum(perStep) * 6);
const labelled =
  (value: number, labels: Readonly<Record<string, string>>): Expectation =>
  () => [{ labels, value }];

/** Expected results of the queries of Pipeline health. */
export const pipelineExpectations: Record<NamesOf<typeof pipelineQueries>, Expectation> = {
  partsUp: ({ at }) =>
    Object.entries({
      vmalert: 1,
      alertmanager: 1,
      grafana: Number(at < 700),
      victoriametrics: 1,
      collector: 1,
      receiver: 1,
    }).map(([part, value]) => ({ labels: { part }, value })),
  newestSampleAge: ({ at }) => [
    { labels: { service_name: 'ctxd-receiver' }, value: 0 },
    { labels: { service_name: 'app' }, value: 0 },
    { labels: { service_name: 'app-2' }, value: Math.max(0, at - 660) * stepSeconds },
    ...(at < goodbye ? [{ labels: { service_name: 'app-3' }, value: 0 }] : []),
  ],
  queueFill: ({ at }) => [{ labels: { exporter: 'otlp_http/vm' }, value: at / 10 }],
  pointsAccepted: perMinute(50),
  pointsSent: perMinute(49),
  pointsRefused: perMinute(2, 1),
  pointsUndelivered: perMinute(4),
  rowsDropped: perMinute(5),
  exportsFailed: perMinute(6),
  reportsIgnored: () => [
    { labels: { source: 'otlp', reason: 'late' }, value: 42 },
    { labels: { source: 'hook', reason: 'duplicate' }, value: 48 },
  ],
  evaluationSeconds: labelled(0.02, { group: 'context-window' }),
  evaluationsMissed: perMinute(1, 2),
  alertsUnsent: perMinute(3),
  notificationsFailed: perMinute(4),
  seriesNow: ({ at }) => single(at * 10),
  seriesLimit: () => single(1_000_000),
  diskUsed: ({ at }) => single(at * 120),
  diskFree: () => single(5e9),
  memory: ({ at }) => [
    { labels: { part: 'vmalert', job: 'vmalert' }, value: 3e7 },
    { labels: { part: 'victoria-metrics', job: 'victoria-metrics' }, value: at * 1_000 },
    { labels: { part: 'collector', service_name: 'parts' }, value: 4e7 },
  ],
  requestsPerMinute: labelled(120, { service_name: 'app' }),
  requestP95: labelled(0.19, { service_name: 'app' }),
  embeddingOperations: labelled(18, { gen_ai_request_model: 'text-embedding-3-small' }),
  embeddingTokens: labelled(3_600, { gen_ai_request_model: 'text-embedding-3-small' }),
  embeddingCost: labelled(0.000_072, { gen_ai_request_model: 'text-embedding-3-small' }),
};
