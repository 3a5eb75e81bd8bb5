import { rounded } from './statistics.ts';

/** The results of one group of measurements. */
export interface Table {
  /** The measured quantity and its units. */
  readonly title: string;
  /** One record per row. All have the same keys, which are the columns. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** Formats a table as text: title, headings and rows, with numbers aligned right. */
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
