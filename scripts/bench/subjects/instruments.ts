import { sessionMetrics } from '#metrics';
import { durationBoundsSeconds, sessionHeader, type Subject, type SubjectOptions } from './subject.ts';
import { meterProvider } from './meter-provider.ts';

/** The same series with OpenTelemetry's synchronous instruments. */
export function instruments(options: SubjectOptions): Subject {
  const provider = meterProvider(options);
  const meter = provider.getMeter('bench');
  const tokens = meter.createGauge(sessionMetrics.contextTokens.name);
  const usage = meter.createGauge(sessionMetrics.contextUsagePercent.name);
  const seconds = meter.createGauge(sessionMetrics.duration.name);
  const warnings = meter.createCounter(sessionMetrics.threshold70.name);
  const criticals = meter.createCounter(sessionMetrics.threshold90.name);
  const checkpoints = meter.createCounter(sessionMetrics.checkpoints.name);
  const saved = meter.createCounter(sessionMetrics.tokensSaved.name);
  const durations = meter.createHistogram('http.server.request.duration', {
    advice: { explicitBucketBoundaries: [...durationBoundsSeconds] },
  });

  function update(sessionId: string, tokensUsed: number): void {
    const attributes = { session_id: sessionId };
    const percent = tokensUsed / 2_000;
    tokens.record(tokensUsed, attributes);
    usage.record(percent, attributes);
    seconds.record(performance.now() / 1_000, attributes);
    warnings.add(percent >= 70 ? 1 : 0, attributes);
    criticals.add(percent >= 90 ? 1 : 0, attributes);
    checkpoints.add(0, attributes);
    saved.add(0, attributes);
  }

  return {
    update,
    install: (app, nextTokens) => {
      app.use(async (ctx, next) => {
        const startedMillis = performance.now();
        await next();
        durations.record((performance.now() - startedMillis) / 1_000, {
          'http.request.method': ctx.method,
          'http.response.status_code': ctx.status,
          'url.scheme': ctx.protocol,
        });
      });
      app.use((ctx) => {
        update(ctx.get(sessionHeader), nextTokens());
        ctx.status = 204;
      });
    },
  };
}
