import { setTimeout } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import { LoadClient } from './load-client.ts';
import type { SubjectName } from './subject.ts';

/** One server in a line-up. */
export interface Line {
  readonly variant: string;
  readonly subject: SubjectName;
  /** Whether the subject exports, or is scraped, every second. */
  readonly exported: boolean;
}

/** Servers to compare. They take turns in serving requests. */
export interface LineUp {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly warmUpRequests: number;
  readonly turns: number;
  readonly requestsPerTurn: number;
  /** Shortest duration of one turn of all servers. It sets the request rate. */
  readonly turnMillis: number;
}

interface Server extends AsyncDisposable {
  readonly child: Child<'serve'>;
  readonly client: LoadClient;
}

/** The cost of requests in one line-up. */
export interface Measured {
  /** CPU time per request in microseconds, for each line. */
  readonly cpuMicros: readonly number[];
  /** Requests per second that each server actually received. */
  readonly requestsPerSecond: number;
}

/**
 * Measures the cost of a request on each server of a line-up. All servers are new processes that run at the same time, so
 * that other load on the machine affects all of them.
 *
 * @param sessions number of live sessions on each server
 */
export async function measureLineUp(lineUp: LineUp, sessions: number): Promise<Measured> {
  await using resources = new AsyncDisposableStack();
  const sink = resources.use(await startChild('discard', undefined));
  const servers = await Promise.all(lineUp.lines.map((line) => startServer(line, sessions, sink.answer)));
  for (const server of servers) resources.use(server);
  for (const { client } of servers) await client.run(lineUp.warmUpRequests);
  const before = await cpuOf(servers);
  const started = performance.now();
  for (let turn = 0; turn < lineUp.turns; turn += 1) await takeTurn(servers, lineUp);
  const seconds = (performance.now() - started) / 1_000;
  const after = await cpuOf(servers);
  const requests = lineUp.turns * lineUp.requestsPerTurn;
  return {
    cpuMicros: after.map((cpu, index) => (cpu - before[index]!) / requests),
    requestsPerSecond: requests / seconds,
  };
}

function cpuOf(servers: readonly Server[]): Promise<number[]> {
  return Promise.all(servers.map(({ child }) => child.cpuMicros()));
}

async function startServer({ subject, exported }: Line, sessions: number, sinkUrl: string): Promise<Server> {
  const child = await startChild('serve', { subject, sessions, sinkUrl: exported ? sinkUrl : undefined });
  const client = await LoadClient.connect(child.answer, sessions);
  const scraping = exported && subject === 'prom-client' ? scrapeEachSecond(child.answer) : undefined;
  return {
    child,
    client,
    [Symbol.asyncDispose]: async () => {
      clearInterval(scraping);
      client[Symbol.dispose]();
      await child[Symbol.asyncDispose]();
    },
  };
}

function scrapeEachSecond(port: number): NodeJS.Timeout {
  return setInterval(() => {
    fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.bytes(),
      () => undefined,
    );
  }, 1_000);
}

async function takeTurn(servers: readonly Server[], lineUp: LineUp): Promise<void> {
  const pause = setTimeout(lineUp.turnMillis);
  for (const { client } of servers) await client.run(lineUp.requestsPerTurn);
  await pause;
}
