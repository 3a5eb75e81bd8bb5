import { defaultThresholds, type Thresholds } from '#thresholds';
import type { SessionFigures, Snapshot, Trend } from '../source/figures.ts';
import { monitorModel } from './monitor-model.ts';
import { initialState, listedSessions, type MonitorState } from './monitor-state.ts';
import type { Scene, ScreenSize } from './scene.ts';
import { type FeedCondition, statusOf } from './status.ts';

/** The current time in all example scenes. */
export const exampleMillis = Date.UTC(2026, 10, 23, 12, 0, 0);

interface SceneChanges {
  /** Default: the defaults. */
  readonly thresholds?: Thresholds;
  readonly snapshot?: Partial<Snapshot>;
  readonly condition?: Partial<FeedCondition>;
  readonly state?: Partial<MonitorState>;
  readonly size?: Partial<ScreenSize>;
  readonly scene?: Partial<Scene>;
}

/** A scene for tests: three sessions, unless changed. */
export function exampleScene(changes: SceneChanges = {}): Scene {
  const { thresholds = defaultThresholds, snapshot, condition, state, size, scene } = changes;
  const model = monitorModel({ ...pictured, ...snapshot }, thresholds);
  const shown = { ...initialState, ...state };
  const feed = {
    hasAnswered: true,
    isLiveOnly: false,
    isPaused: shown.isPaused,
    newestSampleSeconds: exampleMillis / 1_000 - 1,
  };
  return {
    model,
    thresholds,
    status: statusOf({ ...feed, ...condition }, exampleMillis),
    state: shown,
    listed: listedSessions(model, shown),
    trends: new Map(model.sessions.map(({ id }, index) => [id, trendOf(index)])),
    silencedIds: new Set(),
    intervalSeconds: 5,
    nowMillis: exampleMillis,
    size: { columns: 62, rows: 30, ...size },
    ...scene,
  };
}

/** A session for tests. */
export function exampleSession(id: string, changes: Partial<SessionFigures> = {}): SessionFigures {
  const tokensUsed = changes.tokensUsed ?? 20_000;
  return {
    id,
    tokensUsed,
    windowTokens: 200_000,
    usagePercent: tokensUsed / 2_000,
    checkpoints: 0,
    tokensSaved: 0,
    durationSeconds: 60,
    lastActivitySeconds: exampleMillis / 1_000 - 30,
    ...changes,
  };
}

/** Many sessions, from nearly full to nearly empty. */
export function exampleCrowd(count: number): SessionFigures[] {
  return Array.from({ length: count }, (_, index) =>
    exampleSession(`session-${String(index).padStart(5, '0')}`, {
      tokensUsed: Math.round((196_000 * (count - index)) / count),
      checkpoints: index % 4,
      tokensSaved: (index % 4) * 90_000,
      durationSeconds: 60 * index,
      name: index % 3 === 0 ? `task ${index}` : undefined,
    }),
  );
}

/** Many sessions in a few projects, some with a name, from nearly full to nearly empty. */
export function exampleProjects(count: number): SessionFigures[] {
  const projects = ['shop', 'billing', 'search', 'docs'];
  const names = ['auth refactor', 'flaky CI', undefined, undefined];
  return exampleCrowd(count).map((session, index) => {
    const digits = String(index).padStart(4, '0');
    return {
      ...session,
      id: `6666${digits}-0000-4000-8000-${digits.padStart(12, '0')}`,
      name: index < 8 ? names[index % 4] && `${names[index % 4]}${index < 4 ? '' : ' 2'}` : undefined,
      project: projects[index % projects.length],
      model: index % 2 === 0 ? 'claude-opus-4-6' : 'claude-sonnet-4-6',
      costUsd: index / 4,
      compactionTokens: 167_000,
      lastActivitySeconds: exampleMillis / 1_000 - 30 * index,
    };
  });
}

const pictured: Snapshot = {
  sessions: [
    exampleSession('conn_127.0.0.1:52341', {
      tokensUsed: 180_000,
      checkpoints: 5,
      tokensSaved: 1_600_000,
      durationSeconds: 83 * 60,
    }),
    exampleSession('conn_127.0.0.1:52342', {
      tokensUsed: 140_000,
      checkpoints: 3,
      tokensSaved: 540_000,
      durationSeconds: 45 * 60,
    }),
    exampleSession('conn_127.0.0.1:52343', {
      tokensUsed: 65_000,
      checkpoints: 1,
      tokensSaved: 95_000,
      durationSeconds: 12 * 60,
    }),
  ],
  newestSampleSeconds: exampleMillis / 1_000 - 1,
  uptimeSeconds: 2 * 3_600 + 15 * 60,
  crossings: { warning: 2.5, critical: 0.3 },
  http: { requestsPerMinute: 45.7, p95Seconds: 0.0123 },
  embeddings: { operations: 120, tokens: 15_200, costUsd: 0.0034 },
  alerts: [],
};

function trendOf(index: number): Trend {
  const rising = [30, 40, 55, 62, 71, 78, 85, 91];
  const falling = [20, 35, 50, 45, 33];
  return index < 2
    ? { usagePercents: rising.map((percent) => percent - index * 12), secondsToFull: 720 * (index + 1) }
    : { usagePercents: falling };
}
