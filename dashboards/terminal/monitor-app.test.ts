import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { exampleCrowd, exampleMillis, exampleSession } from './example-scenes.ts';
import type { MonitorSource, SessionFigures, Snapshot } from '../source/figures.ts';
import { type MonitorActions, MonitorApp } from './monitor-app.ts';
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
    silence: vi.fn<MonitorActions['silence']>(async ({ label }) => `Alerts of ${label} are silenced`),
    rename: vi.fn<(id: string, name: string) => Promise<void>>(async (_, name) => {
      if (name === 'refused') throw new Error('The receiver refuses');
    }),
    silencedIds: async () => new Set<string>(),
  };
  const feed = new MonitorFeed({ source, thresholds: defaultThresholds, intervalMillis: 3_600_000 });
  const size = { columns: 100, rows: 30 };
  const app = render(
    createElement(MonitorApp, { feed, source, actions, intervalSeconds: 5, isAscii: false, size }),
  );
  cleanups.push(() => {
    app.unmount();
    feed[Symbol.dispose]();
  });
  await feed.refresh();
  const expectShown = (text: string | RegExp) =>
    vi.waitFor(() => expect(app.lastFrame()).toMatch(text), 60_000);
  // Ink listens once React has run its effects.
  await vi.waitFor(() => expect(app.stdin.listenerCount('readable')).toBeGreaterThan(0), 60_000);
  return {
    ...app,
    press: (...typed: string[]) => typed.forEach((key) => app.stdin.write(key)),
    expectShown,
    read,
    actions,
  };
}

describe('the keys', () => {
  test('s lists all sessions, and a goes back to the top ones', async () => {
    const { press, expectShown } = await monitor();
    press('s');
    await expectShown('1 of 3   sorted by usage');
    press('a');
    await expectShown('Top Sessions by Context Usage');
  });

  test('j and the arrow down select the next session, k and the arrow up the one before', async () => {
    const { press, expectShown } = await monitor();
    press('s');
    await expectShown(/▸✗ fix the login/);
    press('j', keys.down);
    await expectShown(/▸✓ shop/);
    press('k');
    await expectShown(/▸⚠ second/);
    press(keys.up, keys.up);
    await expectShown(/▸✗ fix the login/);
  });

  test('handles every key of several that arrive at once', async () => {
    const { press, expectShown } = await monitor();
    press('sjj');
    await expectShown(/▸✓ shop/);
    press('k\r');
    await expectShown('Session second');
    press('nnew\u007Ft\r');
    await expectShown('Named net');
  });

  test('enter shows the details, and esc returns to the view before', async () => {
    const { press, expectShown } = await monitor();
    press('s', 'j', keys.enter);
    await expectShown('Session second');
    await expectShown('✗ critical');
    press(keys.escape);
    await expectShown('2 of 3');
  });

  test('/ filters by name, id, project and model while typing, and esc shows all again', async () => {
    const { press, expectShown } = await monitor();
    press('/', 's', 'h', 'o', 'p');
    await expectShown('Filter: shop');
    await expectShown('1 of 1 ');
    press(keys.backspace, keys.enter);
    await expectShown('filter: sho (of 3)');
    press(keys.escape);
    await expectShown('1 of 3');
  });

  test('a click selects a session, another one shows its details, and the wheel scrolls', async () => {
    const { press, expectShown, lastFrame } = await monitor();
    press('s');
    await expectShown(/▸✗ fix the login/);
    const rowOf = (text: string) =>
      (lastFrame() ?? '').split('\n').findIndex((row) => row.includes(text)) + 1;
    const click = (text: string) => press(`\u001B[<0;10;${rowOf(text)}M`, `\u001B[<0;10;${rowOf(text)}m`);
    click('shop');
    await expectShown(/▸✓ shop/);
    press('\u001B[<64;10;5M');
    await expectShown(/▸✗ fix the login/);
    press('\u001B[<65;10;5M');
    await expectShown(/▸✓ shop/);
    click('Active Sessions');
    click('shop');
    await expectShown('shop (third)');
  });

  test('o cycles through the sort orders', async () => {
    const { press, expectShown, lastFrame } = await monitor();
    press('s', 'o', 'o', 'o');
    await expectShown('sorted by duration');
    const frame = lastFrame() ?? '';
    expect(frame.indexOf('second')).toBeLessThan(frame.indexOf('shop'));
    expect(frame.indexOf('shop')).toBeLessThan(frame.indexOf('fix the login'));
    press('o', 'o', 'o', 'o');
    await expectShown('sorted by usage');
  });

  test('c chooses the columns, and says which there are', async () => {
    const { press, expectShown, lastFrame } = await monitor();
    press('s', 'c', ...Array.from({ length: 70 }, () => keys.backspace), 'active', keys.enter);
    await vi.waitFor(() => expect(lastFrame()).not.toContain('TOKENS'), 60_000);
    await expectShown('ACTIVE');
    press('c', ' ', 'x', keys.enter);
    await expectShown('No column x. There are tokens, full, trend');
  });

  test('p pauses, says so, and resumes', async () => {
    const { press, expectShown, read } = await monitor();
    press('p');
    await expectShown('PAUSED');
    const before = read.snapshots;
    press('p');
    await expectShown('Auto: 5s');
    await vi.waitFor(() => expect(read.snapshots).toBe(before + 1), 60_000);
  });

  test('r reads at once', async () => {
    const { press, read } = await monitor();
    const before = read.snapshots;
    press('r');
    await vi.waitFor(() => expect(read.snapshots).toBe(before + 1), 60_000);
  });

  test('m silences the alerts of the selected session and says until when', async () => {
    const { press, expectShown, actions } = await monitor();
    press('s', 'j', 'm');
    await expectShown('Alerts of second are silenced');
    expect(actions.silence).toHaveBeenCalledWith(expect.objectContaining({ id: 'second' }));
  });

  test('n names the selected session, and shows a refusal', async () => {
    const { press, expectShown, actions } = await monitor();
    press('n', 'a', ' ', 'q', keys.enter);
    await expectShown('Named a q');
    expect(actions.rename).toHaveBeenCalledWith('first', 'a q');
    press('n', 'refused', keys.enter);
    await expectShown('The receiver refuses');
  });

  test('n changes nothing if nothing is typed', async () => {
    const { press, expectShown, actions } = await monitor();
    press('n');
    await expectShown('New name:');
    press(keys.escape);
    await expectShown('[q] quit');
    press('n', keys.enter);
    await expectShown('[q] quit');
    expect(actions.rename).not.toHaveBeenCalled();
  });

  test('A lists the alerts, ? the keys, and Tab cycles through the views', async () => {
    const { press, expectShown } = await monitor();
    press('A');
    await expectShown('fix the login: 95% of context, 10K left');
    press('?');
    await expectShown('this help');
    press(keys.escape);
    await expectShown('fix the login: 95% of context, 10K left');
    press(keys.tab);
    await expectShown('Top Sessions');
    press(keys.tab);
    await expectShown('sorted by usage');
  });

  test.each(['q', keys.ctrlC])('%j quits', async (key) => {
    const { press, stdin } = await monitor();
    press(key);
    await vi.waitFor(() => expect(stdin.listenerCount('readable')).toBe(0), 60_000);
  });

  test('without sessions there is nothing to select, name or silence', async () => {
    const { press, expectShown, actions } = await monitor([]);
    press('j', 'm');
    await expectShown('No session selected');
    press('s', 'G', keys.enter);
    await expectShown('No session selected');
    expect(actions.silence).not.toHaveBeenCalled();
  });
});

test('loads only the history of the sessions on screen', async () => {
  const { press, expectShown, read } = await monitor(exampleCrowd(10_000));
  press('s', 'G');
  await expectShown('10000 of 10000');
  await vi.waitFor(() => expect(read.trends.at(-1)).toContain('session-09999'), 60_000);
  expect(Math.max(...read.trends.map((ids) => ids.length))).toBeLessThan(30);
});

test('keys move through 10,000 sessions one by one', async () => {
  const { press, expectShown } = await monitor(exampleCrowd(10_000));
  press('s');
  for (let place = 1; place < 12; place += 1) {
    await expectShown(`${place} of 10000`);
    press('j');
  }
});
