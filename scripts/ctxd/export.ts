import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sessionSeries } from '#queries';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { type Cell, csvLine } from './csv.ts';
import { pastSessions, type TimeSpan } from '../../dashboards/source/past-sessions.ts';
import { isoTime, sampleColumns, sessionColumns } from './export-columns.ts';

/** What to export and how. */
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

/** Writes an export to a file or a stream, row by row as it arrives, so that its size does not matter. Returns the number of rows. */
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

/** A line of VictoriaMetrics' export: some samples of one series. */
interface ExportedBlock {
  readonly metric: Readonly<Record<string, string>>;
  /** `null` marks the end of a series. */
  readonly values: readonly (number | null)[];
  readonly timestamps: readonly number[];
}

const blockRows = '5000';
const timeoutMillis = 3_600_000;

async function* sampleBlocks({ store, span, sessionIds }: ExportOptions): AsyncGenerator<Cell[][]> {
  const body = new URLSearchParams({
    'match[]': sessionSeries(sessionIds ? { sessionIds } : {}),
    start: String(span.startSeconds),
    end: String(span.endSeconds),
    max_rows_per_line: blockRows,
  });
  const signal = AbortSignal.timeout(timeoutMillis);
  const response = await fetchFrom(store, '/api/v1/export', { method: 'POST', body, signal });
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
