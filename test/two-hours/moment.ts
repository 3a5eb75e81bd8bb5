import {
  courses,
  isReported,
  lastStep,
  stepSeconds,
  type Course,
  type Figures,
  type Growth,
} from './script.ts';

/** The steps of the script that a query covers, and the values of Grafana's variables. */
export interface Moment {
  /** The step that a result is for. */
  readonly at: number;
  /** The step at which the time range ends. */
  readonly end: number;
  readonly rangeSteps: number;
  readonly intervalSteps: number;
  readonly rateSeconds: number;
  /** How far back a series counts that ended without a staleness marker. */
  readonly lookbackSteps: number;
  /** The time of step 0. */
  readonly startSeconds: number;
  readonly session: string;
  readonly sessions: readonly string[];
}

/** A span of steps: after `from`, up to and including `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The steps that a time range covers. */
export const rangeOf = ({ end, rangeSteps }: Moment): Span => ({ from: end - rangeSteps, to: end });
/** The steps that a result over `$__range` covers. */
export const rangeBefore = ({ at, rangeSteps }: Moment): Span => ({ from: at - rangeSteps, to: at });
/** The steps since the previous point. */
export const intervalOf = ({ at, intervalSteps }: Moment): Span => ({ from: at - intervalSteps, to: at });
/** The steps of some seconds before a step. */
export const secondsBefore = (to: number, seconds: number): Span => ({
  from: to - seconds / stepSeconds,
  to,
});

/** The newest sample of a session within a span. */
export function newestIn({ figures }: Course, { from, to }: Span): Figures | undefined {
  const step = newestStep(figures, { from, to });
  return step === undefined ? undefined : figures[step];
}

/** The step of that sample. */
export function newestStep(figures: Course['figures'], { from, to }: Span): number | undefined {
  for (let step = Math.min(to, lastStep); step > from && step >= 0; step--) {
    if (figures[step] !== undefined) return step;
  }
  return undefined;
}

/** All samples of a session within a span. */
export function samplesIn({ figures }: Course, { from, to }: Span): Figures[] {
  return figures.slice(Math.max(0, Math.floor(from) + 1), to + 1).filter((one) => one !== undefined);
}

/** A session's figures as a bare selector returns them: none after its end, the last sample's after a silence. */
export function bare(course: Course, { at, lookbackSteps }: Moment): Figures | undefined {
  const { stop, isSilent } = course.session;
  if (at >= stop && isSilent === undefined) return undefined;
  return newestIn(course, { from: at - lookbackSteps, to: at });
}

/** A session's figures if it is live: it has not ended, and reported within the last 30 seconds. */
export function alive(course: Course, moment: Moment): Figures | undefined {
  const now = bare(course, moment);
  return now && newestIn(course, secondsBefore(moment.at, 30));
}

/** The growth of a counter within a span; undefined if the session has no sample in it. */
export function grew(course: Course, { from, to }: Span, key: keyof Growth): number | undefined {
  if (samplesIn(course, { from, to }).length === 0) return undefined;
  return course.growth
    .slice(Math.max(0, from + 1), to + 1)
    .reduce((sum, growth) => sum + (growth?.[key] ?? 0), 0);
}

/** A value for each session that has one. */
export function each<T>(
  read: (course: Course) => T | undefined,
  of: readonly Course[] = courses,
): Map<Course, T> {
  const values = new Map<Course, T>();
  for (const course of of) {
    const value = read(course);
    if (value !== undefined) values.set(course, value);
  }
  return values;
}

/** The largest values. */
export function largest(values: Map<Course, number>, count: number): Map<Course, number> {
  return new Map([...values].toSorted(([, a], [, b]) => b - a).slice(0, count));
}

/** The sessions that the receiver describes. */
export const reportedCourses = courses.filter(({ session }) => isReported(session));

/** The session in `$session`. */
export function chosen({ session }: Moment): Course {
  return courses.find((course) => course.session.id === session)!;
}

/** The sessions in `$sessions`. */
export function compared({ sessions }: Moment): Course[] {
  return courses.filter(({ session }) => sessions.includes(session.id));
}

/** The sum of some numbers. */
export function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
