import { sampleColumns, sessionColumns } from './export-columns.ts';

const lines = (columns: readonly { name: string; meaning: string }[]) =>
  columns.map(({ name, meaning }) => `  ${name.padEnd(20)}${meaning}`).join('\n');

/** The end of `ctxd export --help`: the columns and examples. */
export const exportColumnsHelp = `
Columns of --what sessions:
${lines(sessionColumns)}

Columns of --what samples:
${lines(sampleColumns)}

In CSV, text that starts with = + - @, a tab or a line break gets a leading ', so that no spreadsheet runs it as a formula.

Examples:
  $ ctxd export --since 7d > week.csv
  $ ctxd export --what samples --format jsonl --output day.jsonl`;
