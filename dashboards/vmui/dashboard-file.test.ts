import { describe, expect, test } from 'vitest';
import { defaultThresholds as thresholds } from '#thresholds';
import { vmuiFiles } from './dashboard-file.ts';

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly expr: readonly string[];
  readonly alias: readonly string[];
  readonly showLegend: boolean;
}

const files = [...vmuiFiles(thresholds)].map(([name, json]) => {
  const dashboard = JSON.parse(json) as { rows: { panels: Panel[] }[] };
  return [name, dashboard.rows.flatMap(({ panels }) => panels)] as const;
});

test('generating twice gives the same bytes', () => {
  expect([...vmuiFiles(thresholds)]).toEqual([...vmuiFiles(thresholds)]);
});

describe.each(files)('%s', (_, panels) => {
  test('asks without variables, which vmui does not know', () => {
    expect(panels.flatMap(({ expr }) => expr).filter((expr) => /\$[a-z_]/i.test(expr))).toEqual([]);
  });

  test('names each line by labels that its query keeps, and no two queries of a panel alike', () => {
    for (const { expr, alias } of panels) {
      expect(new Set(alias)).toHaveLength(alias.length);
      for (const [index, text] of alias.entries()) {
        const labels = [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
        expect(labels.filter((label) => !new RegExp(String.raw`\b${label}\b`).test(expr[index]!))).toEqual(
          [],
        );
      }
    }
  });

  // A legend of vmui repeats the whole query.
  test('has a legend only where there can be several lines', () => {
    const single = panels.filter(({ alias }) => alias.length === 1 && !alias[0]!.includes('{{'));
    expect(panels.filter(({ showLegend }) => !showLegend)).toEqual(single);
  });

  test('says of each panel what it shows, and what each line is', () => {
    for (const { description, expr, alias } of panels) {
      expect(description).toMatch(/^[A-Z].+\.$/);
      expect(alias).toHaveLength(expr.length);
    }
  });
});
