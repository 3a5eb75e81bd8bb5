import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { expect, test, vi } from 'vitest';
import { serviceResource, withInstanceId } from './service-resource.ts';

const attributes = (serviceName: string | undefined, environment: NodeJS.ProcessEnv) =>
  serviceResource({ serviceName }, environment).attributes;

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
      'service.instance.id': expect.any(String),
      ...expected,
      'service.name': 'mine',
    });
  },
);

test('the option names the instance before the environment does, which does before a random id of this process', () => {
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=b' };
  const instance = (instanceId: string | undefined, env = {}) =>
    serviceResource({ instanceId }, env).attributes['service.instance.id'];
  expect(instance('option', environment)).toBe('option');
  expect(instance(undefined, environment)).toBe('b');
  expect(instance(undefined)).toMatch(/^[0-9a-f-]{36}$/);
  expect(instance(undefined)).toBe(instance(undefined));
});

test('the resource of an application keeps its instance id, and gets one if it has none', () => {
  const own = serviceResource({ serviceName: 'shop', instanceId: 'shop-1' }, {});
  expect(withInstanceId(own).attributes).toEqual({ 'service.name': 'shop', 'service.instance.id': 'shop-1' });
  const { attributes } = withInstanceId({ ...own, attributes: { 'service.name': 'shop' } });
  expect(attributes).toEqual({ 'service.name': 'shop', 'service.instance.id': expect.any(String) });
});
