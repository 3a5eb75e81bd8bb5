import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Count, Row } from './fault.ts';

const path = join(import.meta.dirname, 'README.md');
const head =
  '| Fault | Runtime | Samples: acknowledged → stored | Reports: acknowledged → stored | Seconds to heal | What the user was sent | Verdict |';
const rule = '| --- | --- | --- | --- | --- | --- | --- |';

/** Writes the table. Faults that were not run keep their rows. */
export async function writeReport(rows: readonly Row[], seed: number): Promise<void> {
  const former = await readFile(path, 'utf8').catch(() => '');
  await writeFile(path, reportOf(rows, former, { seed, date: new Date() }));
}

/** The text of the report: an introduction and the table, with the rows of `former` that were not run again. */
export function reportOf(
  rows: readonly Row[],
  former: string,
  { seed, date }: { seed: number; date: Date },
): string {
  const lines = new Map<string, string>();
  for (const line of former.split('\n').filter((line) => /^\| (?!Fault|---)/.test(line)))
    lines.set(keyOf(line), line);
  for (const row of rows) lines.set(keyOf(lineOf(row)), lineOf(row));
  const day = date.toISOString().slice(0, 10);
  return [
    '# Faults',
    '',
    'Written by `npm run test:faults`: do not edit. While 50 sessions report to the receiver and 20 sessions to an application,',
    'one report a second each, every fault strikes a running stack. One alert fires before the fault and another one during it.',
    'A row is right if the stack heals, has stored what it acknowledged, sends both alerts once and resolves each once, and',
    'sends nothing else, except that ctxd is blind and sees again.',
    '',
    `Last run: ${day}, seed ${seed}. A fault that takes longer keeps its row from the last run with \`--large\`.`,
    '',
    head,
    rule,
    ...lines.values(),
    '',
  ].join('\n');
}

const keyOf = (line: string) =>
  line
    .split('|', 3)
    .map((cell) => cell.trim())
    .join('|');

function lineOf({ fault, runtime, samples, reports, healSeconds, sent, verdict }: Row): string {
  const heal = healSeconds === undefined ? '' : healSeconds.toFixed(1);
  const cells = [fault, runtime, counted(samples), counted(reports), heal, sent, verdict];
  return `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

const counted = ({ expected, arrived }: Count) =>
  expected === 0 ? '' : `${expected.toLocaleString('en')} → ${arrived.toLocaleString('en')}`;
