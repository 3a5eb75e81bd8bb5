import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import {
  contextWindow,
  SessionRegistry,
  type ContextWindowState,
  type SessionRegistryOptions,
} from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';

/** A Koa server that reports the usage in its clients' requests and exports it to a collector. */
export interface KoaApp extends AsyncDisposable {
  readonly registry: SessionRegistry;
  /** Sends one request of a session, which reports tokens, records a checkpoint or ends the session. */
  send(sessionId: string, act: { tokens?: number; saved?: number; end?: true }): Promise<void>;
  /** Exports now, and waits until the collector has answered. */
  flush(): Promise<void>;
  /** Shuts the server down: exports once more and marks its sessions stale. */
  stop(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startKoaApp(
  collectorUrl: string,
  options: SessionRegistryOptions = {},
): Promise<KoaApp> {
  const registry = new SessionRegistry(options);
  const telemetry = startTelemetry({
    registry,
    url: `${collectorUrl}/v1/metrics`,
    serviceName: 'test',
    flushOnSignals: false,
  });
  const app = new Koa<ContextWindowState>();
  app.use(contextWindow({ registry }));
  app.use((ctx) => {
    const { tokens, saved, end } = ctx.query;
    if (tokens !== undefined) ctx.state.contextWindow.report({ tokensUsed: Number(tokens) });
    if (saved !== undefined) ctx.state.contextWindow.checkpoint({ tokensSaved: Number(saved) });
    if (end !== undefined) ctx.state.contextWindow.end();
    ctx.status = 204;
  });
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    server.closeAllConnections();
    server.close();
    await telemetry.shutdown();
  };
  return {
    registry,
    flush: () => telemetry.flush(),
    stop,
    async send(sessionId, act) {
      const query = new URLSearchParams(Object.entries(act).map(([key, value]) => [key, String(value)]));
      const response = await fetch(`${url}/?${query.toString()}`, {
        headers: { 'X-Claude-Code-Session-Id': sessionId },
      });
      if (response.status !== 204) throw new Error(`The test server answered ${response.status}`);
    },
    [Symbol.asyncDispose]: stop,
  };
}
