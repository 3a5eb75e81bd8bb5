import { describe, expect, test } from 'vitest';
import { vmuiFiles } from './dashboard-file.ts';

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly expr: readonly string[];
  readonly alias: readonly string[];
}

const files = [...vmuiFiles()].map(([name, json]) => {
  const dashboard = JSON.parse(json) as { rows: { panels: Panel[] }[] };
  return [name, dashboard.rows.flatMap(({ panels }) => panels)] as const;
});

test('generating twice gives the same bytes', () => {
  expect([...vmuiFiles()]).toEqual([...vmuiFiles()]);
});

describe.each(files)('%s', (_, panels) => {
  test('asks without variables, which vmui does not know', () => {
    expect(panels.flatMap(({ expr }) => expr).filter((expr) => /\$[a-z_]/i.test(expr))).toEqual([]);
  });

  test('says of each panel what it shows, and what each line is', () => {
    for (const { description, expr, alias } of panels) {
      expect(description).toMatch(/^[A-Z].+\.$/);
      expect(alias).toHaveLength(expr.length);
    }
  });
});
