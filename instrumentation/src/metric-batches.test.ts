import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { batchesOf } from './metric-batches.ts';
import { emptyResource } from './service-resource.ts';

const metric = (name: string, points: number) =>
  ({
    descriptor: { name },
    dataPoints: Array.from({ length: points }, (_, value): Partial<DataPoint<number>> => ({ value })),
  }) as MetricData;

const sizesOf = (...metrics: MetricData[]) => {
  const all: ResourceMetrics = {
    resource: emptyResource,
    scopeMetrics: [{ scope: { name: 'scope' }, metrics }],
  };
  return Array.from(batchesOf(all), ({ scopeMetrics }) =>
    scopeMetrics[0]!.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length]),
  );
};

test('a request holds at most 3,500 points, and a metric continues in the next', () => {
  expect(sizesOf(metric('a', 3_000), metric('b', 4_501))).toEqual([
    [
      ['a', 3_000],
      ['b', 500],
    ],
    [['b', 3_500]],
    [['b', 501]],
  ]);
});

test('a full request is followed by no empty one', () => {
  expect(sizesOf(metric('a', 3_500))).toEqual([[['a', 3_500]]]);
  expect(sizesOf(metric('a', 0))).toEqual([]);
});
