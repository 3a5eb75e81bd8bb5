import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { KoaInstrumentation } from '@opentelemetry/instrumentation-koa';
import type { Subject, SubjectOptions } from './subject.ts';
import { bare } from './bare.ts';
import { meterProvider } from './meter-provider.ts';

/** OpenTelemetry without any code: request durations, but no sessions. It patches only modules that are loaded later. */
export function autoInstrumentation(options: SubjectOptions): Subject {
  const provider = meterProvider(options);
  for (const instrumentation of [new HttpInstrumentation(), new KoaInstrumentation()]) {
    instrumentation.setMeterProvider(provider);
  }
  return bare();
}
