import { expect, test } from 'vitest';
import { SessionMetricProducer } from './metric-producer.ts';
import { sessionMetrics } from './metrics.ts';
import { SessionRegistry } from './registry.ts';

const counters = {
  checkpointCount: 0,
  tokensSaved: 0,
  threshold70Count: 2,
  threshold90Count: 0,
  threshold70Hit: true,
  threshold90Hit: false,
};

test('a counter starts from the count before its session was first seen', async () => {
  const registry = new SessionRegistry();
  const countersBefore = { ...counters, threshold70Count: 1 };
  registry.assume('s1', { tokensUsed: 150_000 }, { counters, countersBefore, isActivity: true });
  registry.reportUsage('s2', { tokensUsed: 150_000 });
  const { resourceMetrics } = await new SessionMetricProducer(registry).collect();
  const crossings = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === sessionMetrics.threshold70.name);
  const points = crossings?.dataPoints.map(({ attributes, value }) => [attributes['session_id'], value]);
  expect(points).toEqual([
    ['s1', 1],
    ['s2', 0],
    ['s1', 2],
    ['s2', 1],
  ]);
});
