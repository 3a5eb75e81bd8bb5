import { receiverMetrics, sessionMetrics } from '#metrics';
import { waitForAnswer } from '../promql.ts';
import type { Backend } from '../backend.ts';
import { partSeries } from './figures.ts';
import {
  compactionTokens,
  courses,
  isReported,
  lastStep,
  nameAt,
  stepSeconds,
  subagentTokens,
  type Course,
  type Figures,
} from './script.ts';

/** A sample; without a value it is the staleness marker of its series. */
interface Point {
  readonly step: number;
  readonly value: number | undefined;
  /** Just before the step instead of at it. */
  readonly isBefore?: true;
}

interface Sent {
  readonly service: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

const stepsPerRequest = 30;

/**
 * Sends the script through the collector, with the script's own times.
 *
 * @param startSeconds - the time of step 0
 */
export async function loadTwoHours(backend: Backend, startSeconds: number): Promise<void> {
  const all = [...courses.flatMap(sessionSeries), ...partSeries.map(partPoints)];
  for (let from = 0; from <= lastStep; from += stepsPerRequest) {
    const body = requestBody(all, from, startSeconds);
    await send(backend, body);
  }
  await waitUntilWhole(backend, all, startSeconds + lastStep * stepSeconds);
}

/** Waits for all samples: the collector sends several requests at once, so the newest may arrive before others. */
async function waitUntilWhole(backend: Backend, all: readonly Sent[], endSeconds: number): Promise<void> {
  const sent = all.reduce((count, { points }) => count + points.length, 0);
  const everything = `{__name__!=""}[${lastStep * stepSeconds + 1}s] @ ${endSeconds}`;
  await waitForAnswer(
    backend,
    `sum(count_over_time(${everything})) + sum(stale_samples_over_time(${everything}))`,
    ([samples]) => samples?.value === sent,
    60_000,
  );
}

async function send({ urls }: Backend, body: object): Promise<void> {
  const response = await fetch(`${urls.collector}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Expected the collector to take the script, got ${response.status}`);
}

function requestBody(all: readonly Sent[], from: number, startSeconds: number) {
  const byService = Map.groupBy(all, ({ service }) => service);
  const resourceMetrics = Array.from(byService, ([service, series]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeMetrics: [{ metrics: series.map((one) => metricOf(one, from, startSeconds)) }],
  }));
  return { resourceMetrics };
}

function metricOf({ name, labels, points }: Sent, from: number, startSeconds: number) {
  const attributes = Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const dataPoints = points
    .filter(({ step }) => step >= from && step < from + stepsPerRequest)
    .map(({ step, value, isBefore }) => {
      const seconds = startSeconds + step * stepSeconds;
      const timeUnixNano = isBefore ? `${seconds - 1}999000000` : `${seconds}000000000`;
      return { attributes, timeUnixNano, ...(value === undefined ? { flags: 1 } : { asDouble: value }) };
    });
  return { name, gauge: { dataPoints } };
}

function partPoints({ service, name, labels, at }: (typeof partSeries)[number]): Sent {
  const steps = Array.from({ length: lastStep + 1 }, (_, step) => ({ step, value: at(step) }));
  return {
    service,
    name,
    labels,
    points: steps.filter(({ value }) => value === undefined || !Number.isNaN(value)),
  };
}

function sessionSeries(course: Course): Sent[] {
  const { session } = course;
  const labels = { session_id: session.id };
  return session.servers.flatMap((service, replica) => {
    const behind = replica * 500;
    const gauge = (name: string, value: (figures: Figures, step: number) => number) => ({
      service,
      name,
      labels,
      points: pointsOf(course, value),
    });
    const counter = (name: string, value: (figures: Figures) => number) => ({
      service,
      name,
      labels,
      points: [...zeros(course), ...pointsOf(course, value)],
    });
    return [
      gauge(sessionMetrics.contextTokens.name, ({ tokens }) => tokens - behind),
      gauge(
        sessionMetrics.contextUsagePercent.name,
        ({ tokens }) => ((tokens - behind) / session.windowTokens) * 100,
      ),
      gauge(sessionMetrics.windowTokens.name, () => session.windowTokens),
      gauge(sessionMetrics.duration.name, ({ durationSeconds }) => durationSeconds),
      gauge(sessionMetrics.lastActivity.name, (_, step) => 1_000_000 + step),
      counter(sessionMetrics.checkpoints.name, ({ checkpoints }) => checkpoints),
      counter(sessionMetrics.tokensSaved.name, ({ saved }) => saved),
      counter(sessionMetrics.threshold70.name, ({ warnings }) => warnings),
      counter(sessionMetrics.threshold90.name, ({ criticals }) => criticals),
      ...(isReported(session) ? reportedSeries(course, service) : []),
    ];
  });
}

function reportedSeries(course: Course, service: string): Sent[] {
  const { session } = course;
  const labels = { session_id: session.id };
  const points = (value: (step: number) => number) => pointsOf(course, (_, step) => value(step));
  const { costPerStep = 0, subagents } = session;
  return [
    ...infoSeries(course, service),
    {
      service,
      labels,
      name: receiverMetrics.compactionThreshold.name,
      points: points(() => compactionTokens(session)),
    },
    { service, labels, name: receiverMetrics.sessionCost.name, points: points((step) => costPerStep * step) },
    ...compactionSeries(course, service),
    ...subagents.map((agent, index) => ({
      service,
      labels: { ...labels, agent },
      name: receiverMetrics.subagentContextTokens.name,
      points: points((step) => subagentTokens(index, step)),
    })),
  ];
}

/** The time of the newest compaction, from the first one on. */
function compactionSeries(course: Course, service: string): Sent[] {
  const { session } = course;
  const [first] = session.checkpoints;
  if (first === undefined) return [];
  const newest = (step: number) => session.checkpoints.findLast((checkpoint) => checkpoint <= step) ?? 0;
  const points = pointsOf(course, (_, step) => newest(step)).filter(({ step }) => step >= first);
  const labels = { session_id: session.id, trigger: 'auto' };
  return [{ service, labels, name: receiverMetrics.lastCompaction.name, points }];
}

/** A series for each name, which ends when the next one begins. */
function infoSeries(course: Course, service: string): Sent[] {
  const { session } = course;
  const names = session.names.length > 0 ? session.names.map(([, name]) => name) : [undefined];
  return names.map((name) => {
    const points = pointsOf(course, () => 1).filter(
      ({ step, value }) => value === undefined || nameAt(session, step) === name,
    );
    const lastNamed = points.findLast(({ value }) => value !== undefined)!.step;
    const isOver = lastNamed + 1 < Math.min(session.stop, lastStep + 1);
    const ended = isOver ? [{ step: lastNamed + 1, value: undefined }] : [];
    return {
      service,
      name: receiverMetrics.sessionInfo.name,
      labels: infoLabels(course, name),
      points: [...points.filter(({ value }) => value !== undefined || !isOver), ...ended],
    };
  });
}

/** The labels of a session's info series, without empty ones, which the store drops. */
export function infoLabels({ session }: Course, name: string | undefined): Record<string, string> {
  const { id, project, model } = session;
  return {
    session_id: id,
    ...(name !== undefined && { session_name: name }),
    ...(project !== undefined && { project }),
    ...(model !== undefined && { model }),
    host: 'laptop',
    source: 'otlp',
    window_source: 'model',
  };
}

function pointsOf({ session, figures }: Course, value: (figures: Figures, step: number) => number): Point[] {
  const points: Point[] = [];
  figures.forEach((at, step) => {
    if (at !== undefined) points.push({ step, value: value(at, step) });
  });
  const isMarked = session.stop <= lastStep && session.isSilent === undefined;
  return isMarked ? [...points, { step: session.stop, value: undefined }] : points;
}

/** A counter's zeros just before its session starts and after each restart of its server. */
function zeros({ session }: Course): Point[] {
  return [session.start, ...session.restarts].map((step) => ({ step, value: 0, isBefore: true }));
}
