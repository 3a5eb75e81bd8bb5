import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sessionSeries } from '#queries';
import { ask, type Server } from '../../dashboards/source/http-client.ts';
import { type Cell, csvLine } from './csv.ts';
import { type PastSession, pastSessions } from '../../dashboards/source/past-sessions.ts';
import type { TimeSpan } from '../../dashboards/source/past-sessions.ts';

/** A column of an export: its name, and what it holds, which is what the documentation says. */
export interface Column {
  readonly name: string;
  readonly meaning: string;
}

/** The columns of `--what sessions`, one row for each session. */
export const sessionColumns: readonly (Column & { readonly value: (session: PastSession) => Cell })[] = [
  { name: 'session_id', meaning: 'Id of the session', value: ({ id }) => id },
  { name: 'name', meaning: 'What the user calls it, as of its last sample', value: ({ name }) => name },
  { name: 'project', meaning: 'Project, as of its last sample', value: ({ project }) => project },
  { name: 'model', meaning: 'Model, as of its last sample', value: ({ model }) => model },
  {
    name: 'start',
    meaning: 'When the session was first seen, ISO 8601 in UTC',
    value: ({ startSeconds }) => isoTime(startSeconds),
  },
  {
    name: 'end',
    meaning: 'Its last sample within the time asked about, ISO 8601 in UTC',
    value: ({ endSeconds }) => isoTime(endSeconds),
  },
  {
    name: 'peak_tokens',
    meaning: 'Most tokens in the context window at once',
    value: ({ peakTokens }) => peakTokens,
  },
  {
    name: 'window_tokens',
    meaning: 'Size of the context window, as of its last sample',
    value: ({ windowTokens }) => windowTokens,
  },
  {
    name: 'peak_percent',
    meaning: 'Largest share of the window in percent, above 100 when over-full',
    value: ({ peakPercent }) => peakPercent,
  },
  {
    name: 'warning_crossings',
    meaning: 'Crossings of the warning threshold within the time',
    value: ({ warningCrossings }) => warningCrossings,
  },
  {
    name: 'critical_crossings',
    meaning: 'Crossings of the critical threshold within the time',
    value: ({ criticalCrossings }) => criticalCrossings,
  },
  { name: 'checkpoints', meaning: 'Checkpoints within the time', value: ({ checkpoints }) => checkpoints },
  {
    name: 'tokens_saved',
    meaning: 'Tokens that those checkpoints saved',
    value: ({ tokensSaved }) => tokensSaved,
  },
  {
    name: 'cost_usd',
    meaning: 'Cost of the session so far in US dollars, as of its last sample; empty where not reported',
    value: ({ costUsd }) => costUsd,
  },
];

/** The columns of `--what samples`, one row for each sample of each metric. */
export const sampleColumns: readonly Column[] = [
  { name: 'time', meaning: 'When the sample was taken, ISO 8601 in UTC with milliseconds' },
  { name: 'session_id', meaning: 'Id of the session' },
  { name: 'metric', meaning: 'Name of the metric' },
  { name: 'value', meaning: 'Value, exactly as stored' },
];

/** What to export, and how. */
export interface ExportOptions {
  readonly store: Server;
  readonly span: TimeSpan;
  /** Default: all. */
  readonly sessionIds?: readonly string[] | undefined;
  readonly what: 'sessions' | 'samples';
  readonly format: 'csv' | 'jsonl';
  /** Called with the number of rows so far. */
  readonly onProgress: (rows: number) => void;
}

/** Writes an export row by row, as it arrives, to a file or a stream: its size doesn't matter. Gives the number of rows. */
export async function writeExport(
  options: ExportOptions,
  output: string | NodeJS.WritableStream,
): Promise<number> {
  let rows = 0;
  const columns = (options.what === 'sessions' ? sessionColumns : sampleColumns).map(({ name }) => name);
  async function* text() {
    if (options.format === 'csv') yield csvLine(columns);
    for await (const block of blocksOf(options)) {
      rows += block.length;
      options.onProgress(rows);
      yield block
        .map((cells) => (options.format === 'csv' ? csvLine(cells) : jsonLine(columns, cells)))
        .join('');
    }
  }
  const stream = typeof output === 'string' ? createWriteStream(output, { mode: 0o600 }) : output;
  await pipeline(Readable.from(text()), stream, { end: stream !== output });
  return rows;
}

function blocksOf(options: ExportOptions): AsyncGenerator<Cell[][]> {
  return options.what === 'samples' ? sampleBlocks(options) : sessionBlocks(options);
}

async function* sessionBlocks(options: ExportOptions): AsyncGenerator<Cell[][]> {
  for await (const session of pastSessions(options.store, options.span, options.sessionIds)) {
    yield [sessionColumns.map(({ value }) => value(session))];
  }
}

/** A line of VictoriaMetrics' export: so many samples of one series. */
interface ExportedBlock {
  readonly metric: Readonly<Record<string, string>>;
  /** `null` marks the end of a series. */
  readonly values: readonly (number | null)[];
  readonly timestamps: readonly number[];
}

const blockRows = '5000';
const longestMillis = 3_600_000;

async function* sampleBlocks({ store, span, sessionIds }: ExportOptions): AsyncGenerator<Cell[][]> {
  const body = new URLSearchParams({
    'match[]': sessionSeries(sessionIds ? { sessionIds } : {}),
    start: String(span.startSeconds),
    end: String(span.endSeconds),
    max_rows_per_line: blockRows,
  });
  const signal = AbortSignal.timeout(longestMillis);
  const response = await ask(store, '/api/v1/export', { method: 'POST', body, signal });
  if (response.body === null) return;
  const input = Readable.fromWeb(response.body);
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line !== '') yield samplesOf(JSON.parse(line) as ExportedBlock);
  }
}

function samplesOf({ metric, values, timestamps }: ExportedBlock): Cell[][] {
  const { __name__: name, session_id: id } = metric;
  return values.flatMap((value, index) =>
    value === null ? [] : [[isoTime((timestamps[index] ?? 0) / 1_000), id, name, value]],
  );
}

function jsonLine(columns: readonly string[], cells: readonly Cell[]): string {
  return `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])))}\n`;
}

function isoTime(seconds: number): string {
  return new Date(Math.round(seconds * 1_000)).toISOString();
}
