import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { expect, test, vi } from 'vitest';
import { serviceResource } from './service-resource.ts';

const attributes = (serviceName: string | undefined, environment: NodeJS.ProcessEnv) =>
  serviceResource(serviceName, environment).attributes;

test('the option names the service before the environment does', () => {
  const environment = { OTEL_SERVICE_NAME: 'a', OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' };
  expect(attributes('option', environment)['service.name']).toBe('option');
  expect(attributes(undefined, environment)['service.name']).toBe('a');
  expect(attributes(undefined, { OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' })['service.name']).toBe('b');
  expect(attributes(undefined, {})['service.name']).toBe('koa-context-window');
});

test.each(['a=1,b=two%2Cthree', ' a = 1 , ,', 'a="quoted"', '', 'a', '=1', 'a=1,b', 'a=b=c', 'a=%zz'])(
  'the environment gives the attributes that OpenTelemetry reads: %s',
  (list) => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', list);
    const { attributes: detected = {} } = envDetector.detect();
    vi.unstubAllEnvs();
    const expected = resourceFromAttributes(detected).attributes;
    expect(attributes('mine', { OTEL_RESOURCE_ATTRIBUTES: list })).toEqual({
      ...expected,
      'service.name': 'mine',
    });
  },
);
