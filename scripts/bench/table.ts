import { rounded } from './statistics.ts';

/** What one group of measurements found. */
export interface Table {
  /** What was measured and in which units. */
  readonly title: string;
  /** One record for each line; its keys are the columns, the same in each. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** A table as plain text: a title, a line of headings and the rows, numbers to the right. */
export function formatTable({ title, rows }: Table): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((line) => line[index]!.length)),
  );
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const format = (line: readonly string[]) =>
    line
      .map((text, index) => (numeric[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  return [title, format(columns), ...cells.map(format)].join('\n');
}

function formatCell(value: string | number | undefined): string {
  return typeof value === 'number' ? rounded(value) : (value ?? '');
}
