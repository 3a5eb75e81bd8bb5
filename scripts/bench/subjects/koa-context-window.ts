import type { ParameterizedContext } from 'koa';
import { contextWindow, type ContextWindowState, SessionRegistry } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { maxSessions, type Subject, type SubjectOptions } from './subject.ts';

/** The koa-context-window package, used as its README says. */
export function koaContextWindow({ sinkUrl, exportIntervalMillis = 1_000 }: SubjectOptions): Subject {
  const registry = new SessionRegistry({ maxSessions });
  const telemetry =
    sinkUrl === undefined
      ? undefined
      : startTelemetry({
          registry,
          url: sinkUrl,
          exportIntervalMillis,
          shutdownTimeoutMillis: 60_000,
          flushOnSignals: false,
        });
  return {
    update: (sessionId, tokensUsed) => void registry.reportUsage(sessionId, { tokensUsed }),
    install: (app, nextTokens) => {
      app.use(contextWindow({ registry }));
      app.use((ctx: ParameterizedContext<ContextWindowState>) => {
        ctx.state.contextWindow.report({ tokensUsed: nextTokens() });
        ctx.status = 204;
      });
    },
    flush: async () => telemetry?.flush(),
  };
}
