import { fit, widthOf } from './text.ts';

/** A column that is cut keeps this many characters at least. */
const leastColumns = 12;

/**
 * Lays out rows in columns that are two spaces apart. The first row has the headings.
 *
 * @param columns - width of the screen: the first column is cut where a row would be wider. Default: nothing is cut.
 */
export function table(rows: readonly (readonly string[])[], columns = Infinity): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widthOf(cell), widest[column] ?? 0)),
    [],
  );
  const [first = 0, ...others] = widths;
  const room = columns - others.reduce((sum, width) => sum + width + 2, 0);
  const all = [Math.min(first, Math.max(leastColumns, room)), ...others];
  return rows.map((row) =>
    row
      .map((cell, column) => fit(cell, all[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
