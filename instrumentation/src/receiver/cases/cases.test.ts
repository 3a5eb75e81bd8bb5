import { readdirSync, readFileSync } from 'node:fs';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, test } from 'vitest';
import { SessionRegistry } from '../../registry.ts';
import { readHook } from '../reports/hooks.ts';
import type { Adapted } from '../reports/observation.ts';
import { readOtlpLogs, readOtlpLogsProtobuf } from '../reports/otlp-events.ts';
import { readStatusline } from '../reports/statusline.ts';
import { readTranscriptLine } from '../reports/transcript.ts';
import { SessionIntake } from '../sessions/session-intake.ts';
import { SessionTracker } from '../sessions/session-tracker.ts';
import { sessionView } from '../sessions/session-view.ts';

/** An event in a case: `tokens` are input, cache creation and cache read; `second` is its own time. */
interface Event extends Record<string, unknown> {
  readonly event: string;
  readonly seq: number;
  readonly tokens?: readonly number[];
  readonly second?: number;
  readonly iterations?: unknown;
}

interface Expected {
  readonly isLive?: boolean;
  readonly newWarningCrossings?: number;
  readonly [figure: string]: unknown;
}

/** The reports that arrive at a second, and the expected figures afterwards. */
interface Step {
  readonly atSecond: number;
  readonly otlp?: Event;
  readonly batch?: readonly Event[];
  readonly statusline?: {
    readonly model?: string;
    readonly current_usage: object;
    readonly context_window_size?: number;
  };
  readonly hook?: object;
  readonly transcript?: readonly { readonly timestamp?: number }[];
  readonly expect?: Expected;
}

const start = Date.UTC(2026, 10, 27);
const timeAt = (second: number) => start + second * 1_000;
const isoAt = (second: number) => new Date(timeAt(second)).toISOString();

function attributesOf({ event, seq, tokens = [], second, iterations, ...rest }: Event, atSecond: number) {
  const names = ['input_tokens', 'cache_creation_tokens', 'cache_read_tokens'];
  const figures = tokens.map((count, index) => [names[index], count]);
  return {
    'event.name': event,
    'session.id': 's1',
    'event.sequence': seq,
    'event.timestamp': isoAt(second ?? atSecond),
    ...Object.fromEntries(figures),
    ...(iterations === undefined ? {} : { iterations: JSON.stringify(iterations) }),
    ...rest,
  } as Record<string, string | number>;
}

const otlpReaders: Record<string, (events: readonly Record<string, string | number>[]) => Adapted> = {
  JSON: (events) =>
    readOtlpLogs({
      resourceLogs: events.map((attributes) => ({
        scopeLogs: [
          {
            logRecords: [
              {
                attributes: Object.entries(attributes).map(([key, value]) => ({
                  key,
                  value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
                })),
              },
            ],
          },
        ],
      })),
    }),
  protobuf: (events) =>
    readOtlpLogsProtobuf(
      ProtobufLogsSerializer.serializeRequest(
        events.map((attributes) => ({
          hrTime: [0, 0],
          hrTimeObserved: [0, 0],
          attributes,
          resource: resourceFromAttributes({}),
          instrumentationScope: { name: 'events' },
          droppedAttributesCount: 0,
        })) as never,
      )!,
    ),
};

function adaptedOf(
  step: Step,
  readOtlp: (events: readonly Record<string, string | number>[]) => Adapted,
): Adapted {
  const { atSecond, otlp, batch = otlp && [otlp], statusline, hook, transcript } = step;
  if (batch) return readOtlp(batch.map((event) => attributesOf(event, atSecond)));
  if (hook) return readHook({ session_id: 's1', ...hook });
  if (statusline) {
    const { model = 'claude-haiku-4-5-20251001', ...window } = statusline;
    return readStatusline({ session_id: 's1', model: { id: model }, context_window: window });
  }
  const lines = (transcript ?? []).map((line) =>
    readTranscriptLine(
      JSON.stringify(line.timestamp === undefined ? line : { ...line, timestamp: isoAt(line.timestamp) }),
    ),
  );
  return { observations: lines.flatMap(({ observations }) => observations), ignored: [] };
}

function figuresIn(registry: SessionRegistry, intake: SessionIntake) {
  const session = registry.get('s1');
  if (session === undefined) return { isLive: false };
  const view = sessionView(session, intake);
  return {
    isLive: true,
    tokens: view.tokensUsed,
    windowTokens: view.windowTokens,
    windowSource: view.windowSource,
    model: view.model,
    name: view.name,
    idleSeconds: (registry.clock.now() - session.lastActivityMillis) / 1_000,
    checkpoints: view.checkpointCount,
    tokensSaved: view.tokensSaved,
    warningCrossings: view.threshold70Count,
    criticalCrossings: view.threshold90Count,
    newWarningCrossings: view.threshold70Count - (session.countersAtStart?.threshold70Count ?? 0),
  };
}

const cases = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) =>
      JSON.parse(readFileSync(`${import.meta.dirname}/${name}`, 'utf8')) as { title: string; steps: Step[] },
  );

describe.each(Object.entries(otlpReaders))('with events in %s', (_, readOtlp) => {
  test.each(cases.map(({ title, steps }) => [title, steps] as const))('%s', (_title, steps) => {
    const time = { millis: start };
    const clock = { now: () => time.millis, monotonic: () => time.millis };
    const registry = new SessionRegistry({ clock });
    const intake = new SessionIntake(registry, new SessionTracker({ clock }));
    const figures = steps.map((step) => {
      time.millis = timeAt(step.atSecond);
      intake.accept(adaptedOf(step, readOtlp));
      return figuresIn(registry, intake);
    });
    expect(figures).toMatchObject(steps.map((step) => step.expect ?? {}));
  });
});
