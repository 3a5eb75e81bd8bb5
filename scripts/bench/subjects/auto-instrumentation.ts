import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { KoaInstrumentation } from '@opentelemetry/instrumentation-koa';
import type { Subject, SubjectOptions } from './subject.ts';
import { bare } from './bare.ts';
import { meterProvider } from './meter-provider.ts';

/** What one gets without writing code: request durations, and nothing of sessions. Patches what is loaded after it. */
export function autoInstrumentation(options: SubjectOptions): Subject {
  const provider = meterProvider(options);
  for (const instrumentation of [new HttpInstrumentation(), new KoaInstrumentation()]) {
    instrumentation.setMeterProvider(provider);
  }
  return { ...bare(), flush: () => provider.forceFlush() };
}
