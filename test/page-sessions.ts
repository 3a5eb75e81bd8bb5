import { receiverMetrics, sessionMetrics } from '#metrics';
import type { Backend } from './backend.ts';
import { claudeCode } from './claude-code-session.ts';
import { makeVisible } from './promql.ts';

/** A session for the page to show. */
export interface ShownSession {
  readonly id: string;
  readonly name?: string;
  readonly project?: string;
  readonly model?: string;
  /** Current usage in percent of a window of 200,000 tokens. */
  readonly percent: number;
  readonly cost?: number;
  /** Usage in percent at a number of minutes ago. With it, the session gets an hour of history. */
  readonly course?: (minutesAgo: number) => number;
  /** The times of its checkpoints, in minutes ago. */
  readonly checkpoints?: readonly number[];
  /** How many minutes later the counter of the checkpoints grows than the tokens fall. Default: 0. */
  readonly lateMinutes?: number;
  /** How long ago it ended, in minutes; without it, the session is live. */
  readonly endedMinutesAgo?: number;
}

const windowTokens = 200_000;
const model = 'claude-haiku-4-5';

/** Reports sessions like Claude Code does, and writes their history to the store. */
export async function showSessions(backend: Backend, sessions: readonly ShownSession[]): Promise<void> {
  const claude = claudeCode(backend.urls);
  await writePast(
    backend,
    sessions.filter(({ course }) => course !== undefined),
  );
  for (const session of sessions.filter(({ endedMinutesAgo }) => endedMinutesAgo === undefined)) {
    await claude.statusline(session.id, reportOf(session));
  }
}

function reportOf({ name, project = 'api', percent, cost, ...session }: ShownSession) {
  return {
    tokensUsed: Math.round((percent * windowTokens) / 100),
    ...(name !== undefined && { name }),
    model: session.model ?? model,
    more: {
      cwd: `/home/ann/${project}`,
      ...(cost !== undefined && { cost: { total_cost_usd: cost } }),
      rate_limits: { five_hour: { used_percentage: 42 }, seven_day: { used_percentage: 12 } },
    },
  };
}

const stepMinutes = 1 / 6;
const hour = 60;

async function writePast({ urls, ...backend }: Backend, sessions: readonly ShownSession[]): Promise<void> {
  if (sessions.length === 0) return;
  const now = Date.now();
  const lines = sessions.flatMap((session) => seriesOf(session, now)).map((one) => JSON.stringify(one));
  const response = await fetch(`${urls.victoriametrics}/api/v1/import`, {
    method: 'POST',
    headers: { authorization: backend.storeAuthorization },
    body: lines.join('\n'),
  });
  if (!response.ok)
    throw new Error(`Expected the store to accept the history, got status ${response.status}`);
  await makeVisible({ urls, ...backend });
}

function seriesOf(session: ShownSession, nowMillis: number) {
  const { id, course = () => session.percent, checkpoints = [], endedMinutesAgo = 0.3 } = session;
  const minutes: number[] = [];
  for (let ago = hour; ago > endedMinutesAgo; ago -= stepMinutes) minutes.push(ago);
  const timestamps = minutes.map((ago) => Math.round(nowMillis - ago * 60_000));
  const passed = (ago: number) => checkpoints.filter((at) => at - (session.lateMinutes ?? 0) >= ago).length;
  const figures: readonly (readonly [string, (ago: number) => number])[] = [
    [sessionMetrics.contextUsagePercent.name, course],
    [sessionMetrics.contextTokens.name, (ago) => Math.round((course(ago) * windowTokens) / 100)],
    [sessionMetrics.windowTokens.name, () => windowTokens],
    [sessionMetrics.checkpoints.name, passed],
    [sessionMetrics.tokensSaved.name, (ago) => passed(ago) * 110_000],
    [sessionMetrics.duration.name, (ago) => (hour - ago) * 60],
    [sessionMetrics.lastActivity.name, (ago) => nowMillis / 1_000 - ago * 60],
    [receiverMetrics.compactionThreshold.name, () => 167_000],
    [receiverMetrics.sessionCost.name, (ago) => (session.cost ?? 1) * (1 - ago / hour)],
  ];
  const labels = { session_id: id, service_name: 'ctxd-receiver' };
  const described = {
    ...labels,
    session_name: session.name ?? '',
    project: session.project ?? 'api',
    model: session.model ?? model,
  };
  return [
    ...figures.map(([name, value]) => ({
      metric: { __name__: name, ...labels },
      values: minutes.map(value),
      timestamps,
    })),
    {
      metric: { __name__: receiverMetrics.sessionInfo.name, ...described },
      values: minutes.map(() => 1),
      timestamps,
    },
  ];
}

/** A course that climbs from one percentage to another, and drops back to the first after each checkpoint. */
export function climbing(
  from: number,
  to: number,
  checkpoints: readonly number[] = [],
): (minutesAgo: number) => number {
  const starts = [hour, ...checkpoints];
  const ends = [...checkpoints, 0];
  return (ago) => {
    const index = Math.max(
      0,
      starts.findLastIndex((start) => ago <= start),
    );
    const [start, end] = [starts[index] ?? hour, ends[index] ?? 0];
    const target = index === starts.length - 1 ? to : 93;
    const share = (start - ago) / (start - end);
    // A small deterministic wobble.
    return from + (target - from) * share + 1.5 * Math.sin(ago * 1.7 + from) * share * (1 - share);
  };
}

/** The sessions of a working day, for the pictures. */
export const workday: readonly ShownSession[] = [
  {
    id: 'b1f0c6aa-0d3e-4d2c-9d21-6a5be83f1c01',
    name: 'auth refactor',
    project: 'shop',
    model: 'claude-opus-4-6',
    percent: 92.4,
    cost: 6.23,
    checkpoints: [22],
    course: climbing(18, 92.4, [22]),
  },
  {
    id: 'c2a1d7bb-1e4f-4e3d-8e32-7b6cf94a2d02',
    name: 'flaky CI',
    project: 'ci',
    model: 'claude-sonnet-4-6',
    percent: 78.1,
    cost: 2.1,
    checkpoints: [31],
    course: climbing(12, 78.1, [31]),
  },
  {
    id: 'd3b2e8cc-2f5a-4f4e-9f43-8c7da05b3e03',
    project: 'search',
    model: 'claude-sonnet-4-6',
    percent: 71.6,
    cost: 1.74,
    course: climbing(8, 71.6),
  },
  {
    id: '66663b1a-3a6b-4a5f-8a54-9d8eb16c4f04',
    project: 'docs',
    percent: 56.2,
    cost: 0.31,
    course: climbing(20, 56.2),
  },
  {
    id: '77774c2b-4b7c-4b60-9b65-ae9fc27d5a05',
    project: 'docs',
    percent: 41.5,
    cost: 0.22,
    course: climbing(30, 41.5),
  },
  {
    id: 'e4c3f9dd-5c8d-4c71-8c76-bfa0d38e6b06',
    name: 'billing export',
    project: 'billing',
    model: 'claude-opus-4-6',
    percent: 38,
    cost: 3.4,
    checkpoints: [12],
    course: climbing(22, 38, [12]),
  },
  {
    id: 'f5d4aaee-6d9e-4d82-9d87-c0b1e49f7c07',
    project: 'infra',
    percent: 17.3,
    cost: 0.12,
    course: climbing(4, 17.3),
  },
  {
    id: '0a6ebbff-7eaf-4e93-8e98-d1c2f5a08d08',
    name: 'release notes',
    project: 'shop',
    percent: 9.1,
    cost: 0.05,
    course: climbing(2, 9.1),
  },
];
