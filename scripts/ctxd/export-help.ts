import { sampleColumns, sessionColumns } from './export.ts';

const lines = (columns: readonly { name: string; meaning: string }[]) =>
  columns.map(({ name, meaning }) => `  ${name.padEnd(20)}${meaning}`).join('\n');

/** What `ctxd export --help` says of the columns, and how it is used. */
export const exportColumnsHelp = `
Columns of --what sessions:
${lines(sessionColumns)}

Columns of --what samples:
${lines(sampleColumns)}

In CSV a text that starts with = + - @, a tab or a line break gets a ' before it, so that no spreadsheet runs it.

Examples:
  $ ctxd export --since 7d > week.csv
  $ ctxd export --what samples --format jsonl --output day.jsonl`;
