import type { Subject, SubjectOptions } from './subjects/subject.ts';

/** Each subject loads only its own libraries, so that they do not affect the others. */
const subjects = {
  bare: async () => (await import('./subjects/bare.ts')).bare,
  'koa-context-window': async () => (await import('./subjects/koa-context-window.ts')).koaContextWindow,
  'koa-context-window, protobuf': async () =>
    (await import('./subjects/koa-context-window.ts')).koaContextWindowProtobuf,
  'prom-client': async () => (await import('./subjects/prom-client.ts')).promClient,
  'OpenTelemetry instruments': async () => (await import('./subjects/instruments.ts')).instruments,
  'http+koa auto-instrumentation': async () =>
    (await import('./subjects/auto-instrumentation.ts')).autoInstrumentation,
} as const satisfies Record<string, () => Promise<(options: SubjectOptions) => Subject>>;

/** The name of a subject. */
export type SubjectName = keyof typeof subjects;

/** Loads and creates a subject. */
export async function createSubject(name: SubjectName, options: SubjectOptions = {}): Promise<Subject> {
  const create = await subjects[name]();
  return create(options);
}

/** Creates an endless saw-tooth of token counts that crosses both thresholds regularly. */
export function sawTooth(): () => number {
  let tokens = 0;
  return () => (tokens = (tokens + 1_237) % 200_000);
}

/** The id of a session by its number, as long as a UUID. */
export function sessionIdOf(index: number): string {
  return `8f14e45f-ceea-467f-a0e6-${String(index).padStart(12, '0')}`;
}
