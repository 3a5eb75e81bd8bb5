import { describe, expect, test } from 'vitest';
import {
  exampleCrowd,
  exampleMillis,
  exampleProjects,
  exampleScene,
  exampleSession,
} from './example-scenes.ts';
import type { SessionHistory } from '../source/figures.ts';
import { frame } from './frame.ts';
import { plainText } from './line.ts';
import type { Scene } from './scene.ts';
import { toAscii, widthOf } from '../text/text.ts';

process.env['TZ'] = 'UTC';

const now = exampleMillis / 1_000;

const oddNames = [
  exampleSession('a', { name: '\u001B[2J\u0007evil\u202Ename', tokensUsed: 190_000 }),
  exampleSession('b', {
    name: '日本語の名前がとても長いセッションなので切れるはずです',
    tokensUsed: 150_000,
  }),
  exampleSession('c', { name: '=cmd|👩‍👩‍👧 <b>', project: 'x\ny', tokensUsed: 100_000 }),
  exampleSession(`long-${'x'.repeat(120)}`, { tokensUsed: 210_000 }),
];

const history: SessionHistory = {
  points: Array.from({ length: 121 }, (_, index) => {
    const tokensUsed = index < 90 ? 20_000 + index * 1_900 : 60_000 + (index - 90) * 1_000;
    return { atSeconds: now - (120 - index) * 30, tokensUsed, usagePercent: tokensUsed / 2_000 };
  }),
  checkpoints: [{ atSeconds: now - 900, tokensBefore: 189_100, tokensAfter: 60_000, tokensSaved: 129_100 }],
};

const alerts = [
  { name: 'ContextWindowWarning', severity: 'warning', sessionId: 'conn_127.0.0.1:52342' },
  { name: 'ContextWindowCritical', severity: 'critical', sessionId: 'conn_127.0.0.1:52341' },
  { name: 'TelemetryAbsent', severity: 'info' },
];

const delivered = [
  {
    atMillis: exampleMillis - 60_000,
    status: 'resolved',
    name: 'ContextWindowWarning',
    severity: 'warning',
    sessionId: '3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11',
  },
  {
    atMillis: exampleMillis - 3_600_000,
    status: 'firing',
    name: 'ContextWindowCritical\u001B[2J\u202E',
    severity: 'critical',
    sessionId: 'named',
  },
  { atMillis: exampleMillis - 86_400_000, status: 'firing', name: 'TelemetryAbsent', severity: 'info' },
] as const;

const named = exampleSession('named', { name: 'fix the login' });

const down = {
  problem: 'Cannot reach http://127.0.0.1:8428 (ECONNREFUSED)',
  nextAttemptMillis: exampleMillis + 4_000,
  newestSampleSeconds: now - 35,
};

const detail = { view: 'detail', cameFrom: 'sessions', selectedId: 'conn_127.0.0.1:52341' } as const;

const waiting = [
  { id: 'just-started', project: 'shop' },
  { id: '66667777-0000-4000-8000-000000000000', name: 'evil\u001B[2J\u202Ename', project: 'shop' },
];

const scenes: Record<string, Scene> = {
  empty: exampleScene({
    snapshot: { sessions: [], http: undefined, embeddings: undefined, crossings: undefined },
  }),
  one: exampleScene({ snapshot: { sessions: [exampleSession('only', { name: 'fix the login' })] } }),
  three: exampleScene(),
  'no-figure': exampleScene({
    snapshot: { sessions: [], waiting: [{ id: 'just-started', project: 'shop' }] },
  }),
  'no-figure-beside-others': exampleScene({ snapshot: { waiting } }),
  'sessions-no-figure': exampleScene({
    snapshot: { waiting },
    state: { view: 'sessions' },
    size: { columns: 80 },
  }),
  narrow: exampleScene({ size: { columns: 60, rows: 20 } }),
  wide: exampleScene({ snapshot: { sessions: exampleCrowd(200), alerts }, size: { columns: 120, rows: 30 } }),
  tiny: exampleScene({ size: { columns: 30, rows: 8 } }),
  connecting: exampleScene({
    snapshot: { sessions: [], uptimeSeconds: undefined },
    condition: { hasAnswered: false, newestSampleSeconds: undefined },
  }),
  stale: exampleScene({ condition: { newestSampleSeconds: now - 240 } }),
  down: exampleScene({ condition: down }),
  degraded: exampleScene({ condition: { away: ['vmalert', 'Alertmanager'] } }),
  replay: exampleScene({ condition: { replaySpeed: 60, newestSampleSeconds: now - 240 } }),
  'selected-row': exampleScene({
    snapshot: { sessions: exampleProjects(8) },
    state: { selectedId: '66660003-0000-4000-8000-000000000003', columns: ['cost', 'active'], sort: 'cost' },
    size: { columns: 80, rows: 24 },
  }),
  paused: exampleScene({ state: { isPaused: true } }),
  'live-only': exampleScene({
    snapshot: { http: undefined, embeddings: undefined },
    condition: { isLiveOnly: true },
  }),
  'odd-names': exampleScene({ snapshot: { sessions: oddNames } }),
  'sessions-200': exampleScene({
    snapshot: { sessions: exampleCrowd(200) },
    state: { view: 'sessions', selectedId: 'session-00100' },
    size: { columns: 80, rows: 24 },
  }),
  'sessions-wide': exampleScene({
    snapshot: { sessions: exampleCrowd(200) },
    state: { view: 'sessions', filter: 'task', sort: 'usage' },
    size: { columns: 140, rows: 20 },
  }),
  'sessions-filtered-out': exampleScene({
    state: { view: 'sessions', filter: 'nobody', prompt: { kind: 'filter', text: 'nobody' } },
    size: { columns: 80, rows: 20 },
  }),
  'sessions-odd-names': exampleScene({
    snapshot: { sessions: oddNames },
    state: { view: 'sessions' },
    size: { columns: 80, rows: 18 },
  }),
  detail: exampleScene({
    state: detail,
    scene: { history, silencedIds: new Set([detail.selectedId]) },
    size: { columns: 80, rows: 30 },
  }),
  'detail-narrow': exampleScene({ state: detail, scene: { history }, size: { columns: 60, rows: 20 } }),
  'detail-gone': exampleScene({ state: { ...detail, selectedId: 'gone' }, scene: { history } }),
  alerts: exampleScene({
    snapshot: { alerts },
    state: { view: 'alerts' },
    scene: { silencedIds: new Set(['conn_127.0.0.1:52342']) },
  }),
  'alerts-delivered': exampleScene({
    snapshot: { sessions: [named], alerts, delivered },
    state: { view: 'alerts' },
    size: { columns: 80, rows: 24 },
  }),
  'alerts-full': exampleScene({
    snapshot: {
      alerts: Array.from({ length: 9 }, () => alerts).flat(),
      delivered: Array.from({ length: 9 }, () => delivered).flat(),
    },
    state: { view: 'alerts' },
    size: { columns: 62, rows: 20 },
  }),
  'alerts-none': exampleScene({ snapshot: { delivered: [] }, state: { view: 'alerts' } }),
  help: exampleScene({ state: { view: 'help' } }),
};

const sizes = [
  [40, 24],
  [60, 24],
  [80, 24],
  [120, 40],
  [200, 50],
] as const;
const crowds = [0, 1, 8, 50, 500];

for (const [columns, rows] of sizes) {
  for (const count of crowds) {
    scenes[`first-${columns}-columns-${count}-sessions`] = exampleScene({
      snapshot: { sessions: exampleProjects(count) },
      size: { columns, rows },
    });
  }
}

const drawn = (scene: Scene) => frame(scene).map(plainText);

describe.each(Object.entries(scenes))('the screen %s', (name, scene) => {
  test('matches its golden frame', async () => {
    await expect(
      `${drawn(scene)
        .map((row) => row.trimEnd())
        .join('\n')}\n`,
    ).toMatchFileSnapshot(`frames/${name}.txt`);
  });

  test('fills the width exactly and is not higher than the terminal', () => {
    const lines = drawn(scene);
    expect(new Set(lines.map(widthOf))).toEqual(new Set([scene.size.columns]));
    expect(lines.length).toBeLessThanOrEqual(scene.size.rows);
  });

  test('is as wide in ASCII', () => {
    const lines = drawn(scene).map(toAscii);
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(new Set(lines.map((text) => text.length))).toEqual(new Set([scene.size.columns]));
  });
});

describe.each([
  [60, 20],
  [61, 21],
  [80, 24],
  [100, 40],
  [500, 200],
  [39, 5],
  [1, 1],
])('in a terminal of %i × %i', (columns, rows) => {
  test.each(['aggregate', 'sessions', 'detail', 'alerts', 'help'] as const)('%s fits', (view) => {
    const sessions = [...exampleCrowd(200), ...oddNames];
    const scene = exampleScene({
      snapshot: { sessions, alerts, delivered },
      state: { view, selectedId: 'session-00003' },
      scene: { history },
      size: { columns, rows },
    });
    const lines = drawn(scene);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });
});

test.each([
  ['10,000 sessions', { view: 'sessions' }, { columns: 200, rows: 60 }],
  ['a graph on a huge terminal', detail, { columns: 300, rows: 100 }],
] as const)('a screen of %s fits the terminal', (_, state, size) => {
  const scene = exampleScene({
    snapshot: { sessions: [exampleSession(detail.selectedId), ...exampleCrowd(10_000)] },
    state,
    size,
    scene: { history },
  });
  const lines = frame(scene).map(plainText);
  expect(lines.length).toBeLessThanOrEqual(size.rows);
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(size.columns);
});
