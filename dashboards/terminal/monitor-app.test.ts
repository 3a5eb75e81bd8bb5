import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { exampleCrowd, exampleMillis, exampleSession } from './example-scenes.ts';
import type { MonitorSource, SessionFigures, Snapshot } from './figures.ts';
import { MonitorApp } from './monitor-app.ts';
import { MonitorFeed } from './monitor-feed.ts';

const keys = {
  up: '\u001B[A',
  down: '\u001B[B',
  enter: '\r',
  escape: '\u001B',
  backspace: '\u007F',
  tab: '\t',
  ctrlC: '\u0003',
};

const three: SessionFigures[] = [
  exampleSession('first', { name: 'fix the login', tokensUsed: 190_000, durationSeconds: 10 }),
  exampleSession('second', { tokensUsed: 150_000, durationSeconds: 30, tokensSaved: 5 }),
  exampleSession('third', { project: 'shop', tokensUsed: 50_000, durationSeconds: 20 }),
];

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function monitor(sessions: readonly SessionFigures[] = three) {
  const read = { snapshots: 0, trends: [] as (readonly string[])[] };
  const source: MonitorSource = {
    title: 'a test',
    isLiveOnly: false,
    now: () => exampleMillis,
    snapshot: async (): Promise<Snapshot> => {
      read.snapshots += 1;
      const alerts = [{ name: 'ContextWindowCritical', severity: 'critical', sessionId: 'first' }];
      return { sessions, newestSampleSeconds: exampleMillis / 1_000, alerts };
    },
    trends: async (ids) => {
      read.trends.push(ids);
      return new Map(ids.map((id) => [id, { usagePercents: [50] }]));
    },
    history: async () => ({
      points: [{ atSeconds: exampleMillis / 1_000, tokensUsed: 1, usagePercent: 95 }],
      checkpoints: [],
    }),
  };
  const actions = {
    silence: vi.fn(async (id: string) => `Alerts of ${id} are silenced`),
    rename: vi.fn(async (_: string, name: string) => {
      if (name === 'refused') throw new Error('The receiver refuses');
    }),
    silencedIds: async () => new Set<string>(),
  };
  const feed = new MonitorFeed({ source, intervalMillis: 3_600_000 });
  const size = { columns: 100, rows: 30 };
  const app = render(
    createElement(MonitorApp, { feed, source, actions, intervalSeconds: 5, isAscii: false, size }),
  );
  cleanups.push(() => {
    app.unmount();
    feed[Symbol.dispose]();
  });
  await feed.refresh();
  const shows = (text: string | RegExp) => vi.waitFor(() => expect(app.lastFrame()).toMatch(text));
  // Ink listens once React has run its effects.
  await vi.waitFor(() => expect(app.stdin.listenerCount('readable')).toBeGreaterThan(0));
  return {
    ...app,
    press: (...typed: string[]) => typed.forEach((key) => app.stdin.write(key)),
    shows,
    read,
    actions,
  };
}

describe('the keys', () => {
  test('s lists all sessions, and a goes back to the top ones', async () => {
    const { press, shows } = await monitor();
    press('s');
    await shows('1 of 3   sorted by usage');
    press('a');
    await shows('Top Sessions by Context Usage');
  });

  test('j and the arrow down select the next session, k and the arrow up the one before', async () => {
    const { press, shows } = await monitor();
    press('s');
    await shows(/▸✗ fix the login/);
    press('j', keys.down);
    await shows(/▸✓ third/);
    press('k');
    await shows(/▸⚠ second/);
    press(keys.up, keys.up);
    await shows(/▸✗ fix the login/);
  });

  test('several keys that arrive at once are all heeded', async () => {
    const { press, shows } = await monitor();
    press('sjj');
    await shows(/▸✓ third/);
  });

  test('enter shows the details, and esc goes back to where one was', async () => {
    const { press, shows } = await monitor();
    press('s', 'j', keys.enter);
    await shows('Session second');
    await shows('✗ critical');
    press(keys.escape);
    await shows('2 of 3');
  });

  test('/ filters by name, id, project and model while typing, and esc shows all again', async () => {
    const { press, shows } = await monitor();
    press('/', 's', 'h', 'o', 'p');
    await shows('Filter: shop');
    await shows('1 of 1 ');
    press(keys.backspace, keys.enter);
    await shows('filter: sho (of 3)');
    press(keys.escape);
    await shows('1 of 3');
  });

  test('o goes through the orders', async () => {
    const { press, shows, lastFrame } = await monitor();
    press('s', 'o', 'o', 'o');
    await shows('sorted by duration');
    const frame = lastFrame() ?? '';
    expect(frame.indexOf('second')).toBeLessThan(frame.indexOf('third'));
    expect(frame.indexOf('third')).toBeLessThan(frame.indexOf('fix the login'));
    press('o', 'o', 'o');
    await shows('sorted by usage');
  });

  test('p pauses, says so, and goes on', async () => {
    const { press, shows, read } = await monitor();
    press('p');
    await shows('PAUSED');
    const before = read.snapshots;
    press('p');
    await shows('Auto: 5s');
    await vi.waitFor(() => expect(read.snapshots).toBe(before + 1));
  });

  test('r reads at once', async () => {
    const { press, read } = await monitor();
    const before = read.snapshots;
    press('r');
    await vi.waitFor(() => expect(read.snapshots).toBe(before + 1));
  });

  test('m silences the alerts of the selected session and says until when', async () => {
    const { press, shows, actions } = await monitor();
    press('s', 'j', 'm');
    await shows('Alerts of second are silenced');
    expect(actions.silence).toHaveBeenCalledWith('second');
  });

  test('n names the selected session, and a refusal is told', async () => {
    const { press, shows, actions } = await monitor();
    press('n', 'a', ' ', 'q', keys.enter);
    await shows('Named a q');
    expect(actions.rename).toHaveBeenCalledWith('first', 'a q');
    press('n', ...'refused', keys.enter);
    await shows('The receiver refuses');
  });

  test('n and nothing typed changes nothing', async () => {
    const { press, shows, actions } = await monitor();
    press('n');
    await shows('New name:');
    press(keys.escape);
    await shows('[q] quit');
    press('n', keys.enter);
    await shows('[q] quit');
    expect(actions.rename).not.toHaveBeenCalled();
  });

  test('A lists the alerts, ? the keys, and Tab goes through the views', async () => {
    const { press, shows } = await monitor();
    press('A');
    await shows('ContextWindowCritical');
    press('?');
    await shows('this help');
    press(keys.escape);
    await shows('ContextWindowCritical');
    press(keys.tab);
    await shows('Top Sessions');
    press(keys.tab);
    await shows('sorted by usage');
  });

  test.each(['q', keys.ctrlC])('%j quits', async (key) => {
    const { press, stdin } = await monitor();
    press(key);
    await vi.waitFor(() => expect(stdin.listenerCount('readable')).toBe(0));
  });

  test('there is nothing to select, name or silence without sessions', async () => {
    const { press, shows, actions } = await monitor([]);
    press('j', 'm');
    await shows('There is no session');
    press('s', 'G', keys.enter);
    await shows('There is no session');
    expect(actions.silence).not.toHaveBeenCalled();
  });
});

test('only the past of the sessions on the screen is read', async () => {
  const { press, shows, read } = await monitor(exampleCrowd(10_000));
  press('s', 'G');
  await shows('10000 of 10000');
  await vi.waitFor(() => expect(read.trends.at(-1)).toContain('session-09999'));
  expect(Math.max(...read.trends.map((ids) => ids.length))).toBeLessThan(30);
});

test('a key is answered within 50 ms with 10,000 sessions', async () => {
  const { press, shows, lastFrame } = await monitor(exampleCrowd(10_000));
  press('s');
  await shows('1 of 10000');
  const before = performance.now();
  press('j');
  await vi.waitFor(() => expect(lastFrame()).toMatch('2 of 10000'), { interval: 1 });
  expect(performance.now() - before).toBeLessThan(50);
});
