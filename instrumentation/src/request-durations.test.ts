import { expect, test } from 'vitest';
import { durationBoundsSeconds, RequestDurations, type RequestAttributes } from './request-durations.ts';

const attributes: RequestAttributes = { method: 'GET', statusCode: 200, route: '/mcp', scheme: 'http' };
const only = (durations: RequestDurations) => [...durations.series()];

test('counts into the first bucket whose bound is not exceeded', () => {
  const durations = new RequestDurations(0);
  for (const seconds of [0.005, 0.0051, 11]) durations.record(attributes, seconds);
  const [series] = only(durations);
  expect(series?.bucketCounts.slice(0, 2)).toEqual([1, 1]);
  expect(series?.bucketCounts.at(-1)).toBe(1);
  expect(series?.bucketCounts.length).toBe(durationBoundsSeconds.length + 1);
  expect(series).toMatchObject({ count: 3, sumSeconds: 0.005 + 0.0051 + 11 });
});

test('keeps each set of attributes apart, named by the semantic conventions', () => {
  const durations = new RequestDurations(0);
  durations.record(attributes, 1);
  durations.record({ ...attributes, statusCode: 503, route: undefined }, 1);
  expect(only(durations).map((series) => series.attributes)).toEqual([
    {
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'http.route': '/mcp',
    },
    {
      'http.request.method': 'GET',
      'http.response.status_code': 503,
      'url.scheme': 'http',
      'error.type': '503',
    },
  ]);
});

test('counts unusual methods together as _OTHER', () => {
  const durations = new RequestDurations(0);
  for (const method of ['PROPFIND', 'MKCOL']) durations.record({ ...attributes, method }, 1);
  expect(only(durations)).toMatchObject([{ attributes: { 'http.request.method': '_OTHER' }, count: 2 }]);
});

test('keeps 2,000 sets of attributes and counts the rest in one', () => {
  const durations = new RequestDurations(0);
  for (let index = 0; index < 2_100; index++) durations.record({ ...attributes, route: `/${index}` }, 1);
  const series = only(durations);
  expect(series).toHaveLength(2_001);
  expect(series.at(-1)).toMatchObject({ attributes: { 'otel.metric.overflow': true }, count: 100 });
});
