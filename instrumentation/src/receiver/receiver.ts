import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from '../clock.ts';
import { optionError } from '../expectation.ts';
import { SessionRegistry } from '../registry.ts';
import { startTelemetry } from '../telemetry.ts';
import type { AccessRules } from './http/access.ts';
import { AlertInbox } from './inbox/alert-inbox.ts';
import { Cleanup } from './cleanup.ts';
import type { WindowSettings } from './sessions/model-windows.ts';
import { receiverApp } from './http/receiver-app.ts';
import { SessionIntake } from './sessions/session-intake.ts';
import { SessionTracker } from './sessions/session-tracker.ts';
import { SnapshotKeeper } from './sessions/snapshot-keeper.ts';
import { readSnapshot } from './sessions/snapshot.ts';
import { TranscriptWatch } from './reports/transcript-watch.ts';

/** How {@link startReceiver} works. */
export interface ReceiverOptions {
  /** Address to listen on. Default `127.0.0.1`; another one than loopback needs a token. */
  readonly host?: string;
  /** Port to listen on. Default 4319; 0 takes a free one. */
  readonly port?: number;
  /** Bearer token that requests have to have. Default: none. */
  readonly token?: string | undefined;
  /** Names that requests may be addressed to beside those of loopback. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Says that something else keeps strangers out, so that another address than loopback needs no token. */
  readonly isShielded?: boolean;
  /** File in which sessions survive a restart. Default: they do not. */
  readonly snapshotPath?: string | undefined;
  /** Claude Code's `projects` folder, whose transcripts are followed. Default: none are. */
  readonly transcriptsFolder?: string | undefined;
  /** Milliseconds between two looks at the transcripts. Default 2,000. */
  readonly transcriptIntervalMillis?: number;
  /** What this machine is called in the sessions' `host`. Default: its host name. */
  readonly hostName?: string | undefined;
  /** Windows that the environment sets. Default: none. */
  readonly windows?: WindowSettings;
  /** Idle time in milliseconds after which a session expires. Default 3,600,000 (1 hour). */
  readonly idleTimeoutMillis?: number;
  /** Where metrics are sent, path included. Default: by `OTEL_EXPORTER_OTLP_*`. `false`: nowhere. */
  readonly metricsUrl?: string | false | undefined;
  /** Bearer token that the collector wants. Default: none. */
  readonly metricsToken?: string | undefined;
  /** Where time comes from. Default: the process's own clocks. */
  readonly clock?: Clock;
  /** Is told what the user should know, a sentence at a time. Default: standard error. */
  readonly warn?: (sentence: string) => void;
}

/** A receiver that runs. */
export interface Receiver extends AsyncDisposable {
  /** Where it is reached, such as `http://127.0.0.1:4319`. */
  readonly url: string;
  /** Its sessions. */
  readonly registry: SessionRegistry;
}

/**
 * Starts the receiver: a service that Claude Code reports to, and that exports each session as metrics.
 *
 * Disposing of it takes no more requests, writes the snapshot and exports once more.
 *
 * @throws TypeError or RangeError naming the option that is wrong; what `listen` throws where the port is taken
 * @example
 * await using receiver = await startReceiver({ port: 0, metricsUrl: false });
 * await fetch(`${receiver.url}/v1/sessions/s1/usage`, { method: 'POST', body: '{"tokensUsed":142000}' });
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { host = '127.0.0.1', port = 4319, warn = console.error, snapshotPath, metricsUrl } = options;
  const access = accessRules(host, options);
  const intake = intakeFor(options);
  await using cleanup = new Cleanup();
  if (snapshotPath !== undefined) await restore(intake, snapshotPath, warn);
  if (metricsUrl !== false) exportMetrics(intake, options, cleanup);
  // After the export, so that it is written before the last one, which can take seconds.
  if (snapshotPath !== undefined) keepSnapshot(intake, snapshotPath, warn, cleanup);
  followTranscripts(intake, options, cleanup);
  const state = { isReady: false };
  const inbox = await inboxFor(options);
  const app = receiverApp({ intake, inbox, access, isReady: () => state.isReady });
  const handle = app.callback();
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 65_000 }, (request, response) => {
    void handle(request, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  cleanup.defer(() => close(server));
  cleanup.defer(() => void (state.isReady = false));
  state.isReady = true;
  const kept = cleanup.move();
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${bound}`,
    registry: intake.registry,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

function accessRules(host: string, options: ReceiverOptions): AccessRules {
  const { token, allowedHosts = [], isShielded = false } = options;
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  if (!isLoopback && !token && !isShielded) {
    const remedy =
      'Give a `token`, or listen on 127.0.0.1: everyone in reach could write sessions otherwise.';
    throw optionError(
      'host',
      'an address of this machine’s loopback where there is no `token`',
      host,
      remedy,
    );
  }
  const hosts = isLoopback ? allowedHosts : [...allowedHosts, host];
  return { hosts: hosts.map((name) => name.toLowerCase()), token: token || undefined };
}

function intakeFor(options: ReceiverOptions): SessionIntake {
  const {
    clock = systemClock,
    idleTimeoutMillis = 3_600_000,
    windows,
    hostName: host = hostname(),
  } = options;
  const registry = new SessionRegistry({ clock, idleTimeoutMillis });
  const tracker = new SessionTracker({ clock, host, idleTimeoutMillis, ...(windows && { windows }) });
  return new SessionIntake(registry, tracker);
}

/** Its file lies beside the snapshot. */
async function inboxFor({ clock = systemClock, snapshotPath }: ReceiverOptions): Promise<AlertInbox> {
  const path = snapshotPath === undefined ? undefined : join(dirname(snapshotPath), 'alerts.jsonl');
  const inbox = new AlertInbox(clock, path);
  await inbox.restore();
  return inbox;
}

async function restore(intake: SessionIntake, path: string, warn: (sentence: string) => void) {
  const snapshot = await readSnapshot(path, warn);
  if (snapshot === undefined) return;
  intake.tracker.restore(snapshot.tracker);
  const isOver = (id: string) => intake.tracker.session(id)?.endedAtMillis !== undefined;
  intake.registry.restore(snapshot.sessions.filter(({ sessionId }) => !isOver(sessionId)));
}

function keepSnapshot(
  intake: SessionIntake,
  path: string,
  warn: (sentence: string) => void,
  cleanup: Cleanup,
): void {
  const keeper = new SnapshotKeeper(intake, path);
  cleanup.defer(() =>
    keeper.stop().catch((error: Error) => warn(`The snapshot ${path} was not written: ${error.message}`)),
  );
}

function exportMetrics(
  intake: SessionIntake,
  { metricsUrl: url, metricsToken: token }: ReceiverOptions,
  cleanup: Cleanup,
): void {
  const telemetry = startTelemetry({
    registry: intake.registry,
    serviceName: process.env['OTEL_SERVICE_NAME'] ?? 'ctxd-receiver',
    moreSeries: () => intake.series(),
    flushOnSignals: false,
    ...(url && { url }),
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  });
  cleanup.defer(() => telemetry.shutdown());
}

function followTranscripts(intake: SessionIntake, options: ReceiverOptions, cleanup: Cleanup): void {
  const { transcriptsFolder: folder, transcriptIntervalMillis: intervalMillis = 2_000 } = options;
  if (folder === undefined) return;
  const { idleTimeoutMillis = 3_600_000 } = options;
  const accept = intake.accept.bind(intake);
  const watch = new TranscriptWatch({ folder, intervalMillis, idleTimeoutMillis, accept });
  cleanup.defer(() => watch[Symbol.asyncDispose]());
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), 1_000);
  await once(server, 'close');
  clearTimeout(limit);
}
