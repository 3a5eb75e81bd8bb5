import { sessionMetrics } from '#metrics';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import { durationBoundsSeconds, sessionHeader, type Subject } from './subject.ts';

const labelNames = ['session_id'] as const;
const gauge = ({ name, description: help }: { name: string; description: string }) =>
  new Gauge({ name, help, labelNames });
const counter = ({ name, description: help }: { name: string; description: string }) =>
  new Counter({ name, help, labelNames });

/** The same series with prom-client. It has no sessions, so it does not limit a threshold to one crossing per checkpoint. */
export function promClient(): Subject {
  const { contextTokens, contextUsagePercent, duration } = sessionMetrics;
  const tokens = gauge(contextTokens);
  const usage = gauge(contextUsagePercent);
  const seconds = gauge(duration);
  const warnings = counter(sessionMetrics.threshold70);
  const criticals = counter(sessionMetrics.threshold90);
  const checkpoints = counter(sessionMetrics.checkpoints);
  const saved = counter(sessionMetrics.tokensSaved);
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP server requests',
    labelNames: ['http_request_method', 'http_response_status_code', 'url_scheme'],
    buckets: [...durationBoundsSeconds],
  });

  function update(sessionId: string, tokensUsed: number): void {
    const labels = { session_id: sessionId };
    const percent = tokensUsed / 2_000;
    tokens.set(labels, tokensUsed);
    usage.set(labels, percent);
    seconds.set(labels, performance.now() / 1_000);
    warnings.inc(labels, percent >= 70 ? 1 : 0);
    criticals.inc(labels, percent >= 90 ? 1 : 0);
    checkpoints.inc(labels, 0);
    saved.inc(labels, 0);
  }

  return {
    update,
    install: (app, nextTokens) => {
      app.use(async (ctx, next) => {
        const startedMillis = performance.now();
        await next();
        durations.observe(
          {
            http_request_method: ctx.method,
            http_response_status_code: ctx.status,
            url_scheme: ctx.protocol,
          },
          (performance.now() - startedMillis) / 1_000,
        );
      });
      app.use((ctx) => {
        update(ctx.get(sessionHeader), nextTokens());
        ctx.status = 204;
      });
    },
    exportDue: async () => void Buffer.from(await register.metrics()),
    scrape: () => register.metrics(),
  };
}
