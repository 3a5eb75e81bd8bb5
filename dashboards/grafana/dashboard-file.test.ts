import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DashboardBuilder,
  FieldColorModeId,
  type GridPos,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { describe, expect, test } from 'vitest';
import { allQueries, dashboardQueries, ownActions, sessionActions } from '#queries';
import { defaultThresholds as thresholds } from '#thresholds';
import { dashboardFile, dashboardFiles } from './dashboard-file.ts';

interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly links: readonly object[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list?: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly (Panel | RowPanel)[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly regex?: string;
}

const dashboards = [...dashboardFiles(thresholds)].map(
  ([name, json]) => [name, JSON.parse(json) as DashboardJson] as const,
);
const expressions = new Set(
  [...allQueries(thresholds), ...dashboardQueries(thresholds)].map(({ expr }) => expr),
);
const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row';
const tables = dashboards
  .flatMap(([, { panels }]) => panels.filter(isPanel))
  .filter(({ type }) => type === 'table')
  .map((table) => [table.title, table] as const);

test('generating twice gives the same bytes', () => {
  expect([...dashboardFiles(thresholds)]).toEqual([...dashboardFiles(thresholds)]);
});

test('every dashboard is there, the overview first', () => {
  expect(dashboards.map(([name]) => name)).toEqual([
    'ctxd-context-overview.json',
    'ctxd-session-detail.json',
    'ctxd-sessions-compared.json',
    'ctxd-pipeline-health.json',
  ]);
});

test('uids are unique', () => {
  const uids = dashboards.map(([, { uid }]) => uid);
  expect(new Set(uids).size).toBe(uids.length);
});

describe.each(dashboards)('%s', (name, dashboard) => {
  const panels = dashboard.panels.filter(isPanel);

  test('is a read-only dashboard of schema v1, named by its fixed uid and tagged as generated', () => {
    expect(dashboard).toMatchObject({ schemaVersion: 42, editable: false });
    expect(dashboard.uid).toMatch(/^ctxd-[a-z-]+$/);
    expect(name).toBe(`${dashboard.uid}.json`);
    expect(dashboard.tags).toEqual(['ctxd', 'generated']);
  });

  test('shows the last hour, refreshes every 5 seconds, and links to the others at the same time range', () => {
    expect(dashboard).toMatchObject({ refresh: '5s', time: { from: 'now-1h', to: 'now' } });
    expect(dashboard.links).toEqual([
      expect.objectContaining({ type: 'dashboards', tags: ['ctxd'], keepTime: true }),
    ]);
  });

  test('takes the queries of its variables and annotations from the shared list', () => {
    const variables = dashboard.templating.list.filter(({ type }) => type === 'query');
    const expressionsUsed = variables.map(({ query }) => (typeof query === 'string' ? query : query.query));
    const inside = expressionsUsed.map((query) => /^query_result\(([^]*)\)$/.exec(query)?.[1] ?? query);
    const annotations = (dashboard.annotations.list ?? []).map(({ expr }) => expr);
    expect([...inside, ...annotations].filter((expr) => !expressions.has(expr))).toEqual([]);
  });

  test('its queries use only its own variables and Grafana’s', () => {
    const own = dashboard.templating.list.map(({ name: variable }) => variable);
    const grafanas = ['__range', '__interval', '__rate_interval', '__url_time_range', '__data', '__field'];
    const named = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, variable]) => variable!);
    expect(
      named.filter((variable) => !/^\d$/.test(variable) && ![...own, ...grafanas].includes(variable)),
    ).toEqual([]);
  });

  test('lets one choose the data source', () => {
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    );
  });

  test('numbers rows and panels in reading order', () => {
    expect(dashboard.panels.map(({ id }) => id)).toEqual(dashboard.panels.map((_, index) => index + 1));
    const places = dashboard.panels.map(({ gridPos }) => [gridPos?.y ?? -1, gridPos?.x ?? -1] as const);
    expect(places).toEqual(places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
  });

  test('fills its grid without overlaps or holes', () => {
    expect(unevenCells(dashboard.panels.map(({ gridPos }) => gridPos!))).toEqual([]);
  });

  test('has its own title for each panel', () => {
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  describe.each(panels.map((panel) => [panel.title, panel] as const))('%s', (_, panel) => {
    const { unit, noValue } = panel.fieldConfig?.defaults ?? {};
    const targets = (panel.targets ?? []) as Dataquery[];

    test('says what it shows', () => {
      expect(panel.title).toMatch(/^\w/);
      expect(panel.description).toMatch(/^[^]{40,}[.]$/);
    });

    // Grafana migrates a panel without a version as if it were years old: an xy chart then shows "Err".
    test('states the version of Grafana that it is made for', () => {
      expect(panel.pluginVersion).toBe('12.2.0');
    });

    // Grafana's palettes contain yellow and red, which mean a state here.
    test('leaves no colour to a palette', () => {
      expect(JSON.stringify(panel)).not.toMatch(/palette|continuous/);
    });

    test('writes its numbers in the same size as the other tiles', () => {
      const size = panel.type === 'stat' ? { text: { valueSize: 32 } } : {};
      expect(panel.options).toMatchObject(size);
    });

    test('carries the session and the time range in each link', () => {
      const links = [...JSON.stringify(panel).matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url!);
      for (const url of links) {
        expect(url).toMatch(/var-session=(\$\{[^}]+\})&var-linked=\1&.*\$\{__url_time_range\}$/);
      }
    });

    test('has a unit, and says why it can be empty', () => {
      expect(unit).toMatch(/\w/);
      expect(noValue).toMatch(/^No \w+/);
    });

    test('sends queries from the shared list to the chosen data source', () => {
      const chosen = { type: 'prometheus', uid: '${datasource}' };
      expect(panel.datasource).toEqual(chosen);
      expect(targets.map(({ datasource }) => datasource)).toEqual(targets.map(() => chosen));
      expect(targets.filter(({ expr }) => !expressions.has(expr))).toEqual([]);
    });

    test('gives each target its own letter', () => {
      expect(targets.map(({ refId }) => refId)).toEqual(
        'ABCDEFGHIJKLMNOP'.split('').slice(0, targets.length),
      );
      expect(targets.length).toBeGreaterThan(0);
    });

    test('names its lines', () => {
      const isColoredByState = panel.fieldConfig?.defaults.color?.mode === FieldColorModeId.Thresholds;
      if (!['timeseries', 'xychart'].includes(panel.type) || isColoredByState) return;
      expect(panel.options).toMatchObject({ legend: { showLegend: true } });
    });

    // Grafana shrinks the text in place of a number until it fits into a line.
    test('has a short text for when there is no number', () => {
      if (panel.type !== 'stat') return;
      expect(noValue!.length / panel.gridPos!.w).toBeLessThanOrEqual(6.5);
    });

    test('sends a range query for a chart, and an instant query for a current value', () => {
      const overTime = ['timeseries', 'state-timeline', 'xychart'].includes(panel.type);
      for (const { instant, range } of targets) {
        expect(instant).toBe(!range);
        expect(panel.type === 'table' || range === overTime).toBe(true);
      }
    });
  });
});

describe.each(tables)('the table %s', (_, table) => {
  // Otherwise Grafana puts the panel's “no data” text into each empty cell.
  test('marks empty cells with a dash', () => {
    expect(settingOf(table, '.*', 'noValue')).toBe('–');
  });

  // With another unit, Grafana shows the session 795e8229 as ∞ and the project 2048 as 2 K.
  test('shows labels as they are, and gives each column of numbers a unit of its own', () => {
    expect(table.fieldConfig!.defaults.unit).toBe('string');
    for (const [field, title] of Object.entries(renamedBy(table))) {
      const isNumber = /^(Value|Trend)( #|$)/.test(field);
      const unit = settingOf(table, title, 'unit');
      expect([title, isNumber ? unit !== 'string' && typeof unit : unit]).toEqual([
        title,
        isNumber ? 'string' : undefined,
      ]);
    }
  });

  test('shows all columns at a width of 1280 pixels', () => {
    const room = ((1280 - 24) / 24) * table.gridPos!.w - 24;
    const widths = columnsOf(table).map((column) => leastWidth(table, column));
    expect(widths.length).toBeGreaterThan(1);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(room);
  });
});

describe('the grid check', () => {
  const left = { x: 0, y: 0, w: 12, h: 4 };

  test('sees an overlap', () => {
    expect(unevenCells([left, { x: 11, y: 0, w: 13, h: 4 }])).toContain('11,0: 2 panels');
  });

  test('sees a hole', () => {
    expect(unevenCells([left, { x: 12, y: 0, w: 12, h: 3 }])).toContain('12,3: 0 panels');
  });

  test('sees a panel beyond the right edge', () => {
    expect(unevenCells([left, { x: 12, y: 0, w: 13, h: 4 }])).toContain('24,0: 1 panels');
  });
});

test('a dashboard without panels is still a file', () => {
  const [name, json] = dashboardFile(new DashboardBuilder('Empty').uid('ctxd-empty'));
  expect(name).toBe('ctxd-empty.json');
  expect(JSON.parse(json)).toMatchObject({ title: 'Empty' });
});

/** The titles of the columns that are shown. */
function columnsOf(table: Panel): string[] {
  return Object.values(renamedBy(table)).filter((title) => !settingOf(table, title, 'custom.hideFrom.viz'));
}

/** The title of each field of a table. */
function renamedBy(table: Panel): Record<string, string> {
  const organize = table.transformations!.find(({ id }) => id === 'organize')!;
  return (organize.options as { renameByName: Record<string, string> }).renameByName;
}

/** In pixels; 150 is Grafana's own. */
function leastWidth(table: Panel, column: string): number {
  const { minWidth = 150 } = table.fieldConfig!.defaults.custom as { minWidth?: number };
  const own = ['custom.width', 'custom.minWidth'].map((id) => settingOf(table, column, id));
  return own.find((width) => typeof width === 'number') ?? minWidth;
}

function settingOf({ fieldConfig }: Panel, field: string, id: string): unknown {
  const overrides = fieldConfig!.overrides.filter(({ matcher }) => matcher.options === field);
  return overrides.flatMap(({ properties }) => properties).find((property) => property.id === id)?.value;
}

/** Cells of the 24 columns that not exactly one panel covers, or of other columns that any does. */
function unevenCells(places: readonly GridPos[]): string[] {
  const bottom = Math.max(...places.map(({ y, h }) => y + h));
  const right = Math.max(24, ...places.map(({ x, w }) => x + w));
  const uneven: string[] = [];
  for (let y = 0; y < bottom; y++) {
    for (let x = 0; x < right; x++) {
      const count = places.filter(
        (at) => x >= at.x && x < at.x + at.w && y >= at.y && y < at.y + at.h,
      ).length;
      if (count !== (x < 24 ? 1 : 0)) uneven.push(`${x},${y}: ${count} panels`);
    }
  }
  return uneven;
}

test('the overview fits a screen of 1920 × 1080 pixels', () => {
  const [, { panels }] = dashboards[0]!;
  // A row of the grid is 38 pixels high, and Grafana's own controls take 60.
  expect(Math.max(...panels.map(({ gridPos }) => gridPos!.y + gridPos!.h)) * 38 + 60).toBeLessThanOrEqual(
    1_080,
  );
});

test('at most three tiles stand before the first chart of Session detail', () => {
  const [, { panels }] = dashboards[1]!;
  expect(panels.findIndex(({ type }) => type === 'timeseries')).toBeLessThanOrEqual(3);
});

test('the checkpoints of Session detail are marked in one chart', () => {
  const [, { annotations, panels }] = dashboards[1]!;
  expect(annotations.list?.[0]).toMatchObject({ filter: { exclude: false, ids: [4] } });
  expect(panels[3]).toMatchObject({ id: 4, title: 'Tokens in the context' });
});

test('each alert that calls for an action has one, and the watchdog has none', () => {
  const known = [...sessionActions, ...ownActions].map(({ alert }) => alert);
  expect(known.toSorted()).toEqual(
    alertsInRules()
      .filter((name) => name !== 'CtxdWatchdog')
      .toSorted(),
  );
});

test('the text of each action fits its column', () => {
  const texts = [...sessionActions, ...ownActions].map(({ text }) => text);
  expect(texts.filter((text) => text.length > 17)).toEqual([]);
});

/** The names of the alerts in the generated rules. */
function alertsInRules(): string[] {
  const rules = readFileSync(join(import.meta.dirname, '../../alerts/generated/rules.yaml'), 'utf8');
  return [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
}
