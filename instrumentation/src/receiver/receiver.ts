import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../clock.ts';
import { expectOptions, optionError } from '../expectation.ts';
import { SessionRegistry } from '../registry.ts';
import { startTelemetry } from '../telemetry.ts';
import type { AccessRules } from './http/access.ts';
import { AlertInbox } from './inbox/alert-inbox.ts';
import { Cleanup } from './cleanup.ts';
import { receiverApp } from './http/receiver-app.ts';
import { receiverChecks, type ReceiverOptions } from './receiver-options.ts';
import { Nudges } from './sessions/nudges.ts';
import { SessionIntake } from './sessions/session-intake.ts';
import { SessionTracker } from './sessions/session-tracker.ts';
import { SnapshotKeeper } from './sessions/snapshot-keeper.ts';
import { readSnapshot } from './sessions/snapshot.ts';
import { AlertWatch } from './watch/alert-watch.ts';
import { QueuedEvents } from './reports/queued-events.ts';
import { SessionWatch } from './reports/session-watch.ts';
import { TranscriptWatch } from './reports/transcript-watch.ts';

/** A running receiver. */
export interface Receiver extends AsyncDisposable {
  /** Its address, such as `http://127.0.0.1:4319`. */
  readonly url: string;
  /** Its sessions. */
  readonly registry: SessionRegistry;
}

/**
 * Starts the receiver: a service that takes reports from Claude Code and exports each session as metrics.
 *
 * When disposed of, it stops taking requests, writes the snapshot and exports once more.
 *
 * @throws TypeError or RangeError naming the invalid option; the error of `listen` if the port is taken
 * @example
 * await using receiver = await startReceiver({ port: 0, metricsUrl: false });
 * await fetch(`${receiver.url}/v1/sessions/s1/usage`, { method: 'POST', body: '{"tokensUsed":142000}' });
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  expectOptions('startReceiver', options, receiverChecks);
  const { host = '127.0.0.1', port = 4319, warn = console.error, snapshotPath, metricsUrl } = options;
  const access = accessRules(host, options);
  const intake = intakeFor(options);
  await using cleanup = new Cleanup();
  const instanceId = (await restore(intake, snapshotPath, warn)) ?? randomUUID();
  if (metricsUrl !== false) exportMetrics(intake, { ...options, instanceId }, cleanup);
  // Registered after the export, so that at the end the snapshot is written before the last export, which can take seconds.
  if (snapshotPath !== undefined) keepSnapshot(intake, { path: snapshotPath, instanceId, warn }, cleanup);
  const sessions = followSessions(intake, options, cleanup);
  followTranscripts(intake, { ...options, isRunning: (id) => sessions?.isRunning(id) === true }, cleanup);
  const state = { isReady: false };
  const inbox = await inboxFor(options);
  watchAlerts(inbox, options, cleanup);
  const events = new QueuedEvents({ clock: intake.registry.clock, accept: intake.accept.bind(intake) });
  cleanup.defer(() => events[Symbol.dispose]());
  const isReady = () => state.isReady;
  const nudges = new Nudges(intake, { ...options, text: options.nudge });
  const app = receiverApp({
    intake,
    nudges,
    events,
    inbox,
    access,
    isReady,
    notify: options.notify,
    page: options.page,
  });
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
      'Set a `token`, or listen on 127.0.0.1. Otherwise everyone who can reach this address could write sessions.';
    throw optionError('host', 'a loopback address unless there is a `token`', host, remedy);
  }
  const hosts = isLoopback ? allowedHosts : [...allowedHosts, host];
  return { hosts: hosts.map((name) => name.toLowerCase()), token: token || undefined };
}

function intakeFor(options: ReceiverOptions): SessionIntake {
  const {
    clock = systemClock,
    idleTimeoutMillis = 3_600_000,
    windows,
    thresholds,
    autoCompactWindow,
    hostName: host = hostname(),
    hashesAccounts = false,
    maxSessions,
    compactionPercent,
  } = options;
  const cap = maxSessions !== undefined && { maxSessions };
  const registry = new SessionRegistry({
    clock,
    idleTimeoutMillis,
    ...cap,
    ...(thresholds && { thresholds }),
  });
  const tracker = new SessionTracker({
    clock,
    host,
    hashesAccounts,
    idleTimeoutMillis,
    ...cap,
    ...(windows && { windows }),
    ...(thresholds && { thresholds }),
    ...(autoCompactWindow && { autoCompactWindow }),
  });
  return new SessionIntake(registry, tracker, compactionPercent);
}

/** The inbox's file is next to the snapshot. */
async function inboxFor({ clock = systemClock, snapshotPath, warn }: ReceiverOptions): Promise<AlertInbox> {
  const path = snapshotPath === undefined ? undefined : join(dirname(snapshotPath), 'alerts.jsonl');
  const inbox = new AlertInbox(clock, path);
  await inbox.restore(warn);
  return inbox;
}

/** Returns the instance id of the receiver that wrote the snapshot: this one continues its series. */
async function restore(
  intake: SessionIntake,
  path: string | undefined,
  warn: (sentence: string) => void,
): Promise<string | undefined> {
  const snapshot = path === undefined ? undefined : await readSnapshot(path, warn);
  if (snapshot === undefined) return undefined;
  intake.tracker.restore(snapshot.tracker);
  const isOver = (id: string) => intake.tracker.session(id)?.endedAtMillis !== undefined;
  intake.registry.restore(snapshot.sessions.filter(({ sessionId }) => !isOver(sessionId)));
  // However long they have been idle: their process may still run.
  for (const { sessionId, isRunning } of snapshot.tracker.sessions) {
    if (isRunning) intake.registry.keep(sessionId);
  }
  return snapshot.instanceId;
}

function keepSnapshot(
  intake: SessionIntake,
  { path, instanceId, warn }: { path: string; instanceId: string; warn: (sentence: string) => void },
  cleanup: Cleanup,
): void {
  const keeper = new SnapshotKeeper(intake, { path, instanceId });
  cleanup.defer(() =>
    keeper.stop().catch((error: Error) => warn(`Cannot write the snapshot ${path}: ${error.message}`)),
  );
}

function exportMetrics(
  intake: SessionIntake,
  { metricsUrl: url, metricsToken: token, instanceId }: ReceiverOptions & { readonly instanceId: string },
  cleanup: Cleanup,
): void {
  const telemetry = startTelemetry({
    registry: intake.registry,
    serviceName: process.env['OTEL_SERVICE_NAME'] ?? 'ctxd-receiver',
    instanceId,
    series: [() => intake.series()],
    flushOnSignals: false,
    ...(url && { url }),
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  });
  cleanup.defer(() => telemetry.shutdown());
}

function followSessions(
  intake: SessionIntake,
  options: ReceiverOptions,
  cleanup: Cleanup,
): SessionWatch | undefined {
  const { sessionsFolder: folder, sessionIntervalMillis: intervalMillis = 1_000 } = options;
  if (folder === undefined) return undefined;
  const { idleTimeoutMillis = 3_600_000 } = options;
  const accept = intake.accept.bind(intake);
  const localSessions = intake.localSessions.bind(intake);
  const watch = new SessionWatch({ folder, intervalMillis, idleTimeoutMillis, accept, localSessions });
  cleanup.defer(() => watch[Symbol.asyncDispose]());
  return watch;
}

function followTranscripts(
  intake: SessionIntake,
  options: ReceiverOptions & { readonly isRunning: (sessionId: string) => boolean },
  cleanup: Cleanup,
): void {
  const { transcriptsFolder: folder, transcriptIntervalMillis: intervalMillis = 2_000, isRunning } = options;
  if (folder === undefined) return;
  const { idleTimeoutMillis = 3_600_000 } = options;
  const accept = intake.accept.bind(intake);
  const watch = new TranscriptWatch({ folder, intervalMillis, idleTimeoutMillis, accept, isRunning });
  cleanup.defer(() => watch[Symbol.asyncDispose]());
}

function watchAlerts(
  inbox: AlertInbox,
  { watched, clock = systemClock }: ReceiverOptions,
  cleanup: Cleanup,
): void {
  if (watched === undefined) return;
  const watch = new AlertWatch({ ...watched, inbox, clock });
  cleanup.defer(() => watch[Symbol.dispose]());
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), 1_000);
  await once(server, 'close');
  clearTimeout(limit);
}
