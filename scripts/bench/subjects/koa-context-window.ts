import type { ParameterizedContext } from 'koa';
import { contextWindow, type ContextWindowState, SessionRegistry } from 'koa-context-window';
import { startTelemetry, type Protocol } from 'koa-context-window/telemetry';
import { maxSessions, type Subject, type SubjectOptions } from './subject.ts';

/** The koa-context-window package, used as its README says. */
export const koaContextWindow = (options: SubjectOptions) => exportingAs('http/json', options);

/** The same with exports in protobuf. */
export const koaContextWindowProtobuf = (options: SubjectOptions) => exportingAs('http/protobuf', options);

function exportingAs(protocol: Protocol, { sinkUrl, exportIntervalMillis = 1_000 }: SubjectOptions): Subject {
  const registry = new SessionRegistry({ maxSessions });
  if (sinkUrl !== undefined) {
    startTelemetry({ registry, url: sinkUrl, protocol, exportIntervalMillis, flushOnSignals: false });
  }
  return {
    update: (sessionId, tokensUsed) => void registry.reportUsage(sessionId, { tokensUsed }),
    install: (app, nextTokens) => {
      app.use(contextWindow({ registry }));
      app.use((ctx: ParameterizedContext<ContextWindowState>) => {
        ctx.state.contextWindow.report({ tokensUsed: nextTokens() });
        ctx.status = 204;
      });
    },
  };
}
