import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { collectorAccess } from './collector-access.ts';
import { destinationsFrom, expectServerUrl } from './destinations.ts';

const remote = { CTXD_REMOTE_URL: 'https://ctxd.example/team/', CTXD_REMOTE_TOKEN_FILE: '/token' };

describe('the URL of another stack', () => {
  test.each([
    ['https://ctxd.example', 'https://ctxd.example'],
    ['https://ctxd.example:4318/a/', 'https://ctxd.example:4318/a'],
    ['https://[2001:db8::1]:4318', 'https://[2001:db8::1]:4318'],
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318'],
    ['http://[::1]:4318/', 'http://[::1]:4318'],
    ['http://localhost:4318', 'http://localhost:4318'],
  ])('may be %s', (text, url) => {
    expect(expectServerUrl('X', text)).toBe(url);
  });

  test.each([
    'ctxd.example',
    'ftp://ctxd.example',
    'https://user:secret@ctxd.example',
    'https://ctxd.example?a=b',
    'https://ctxd.example#a',
  ])('must not be %s', (text) => {
    expect(() => expectServerUrl('X', text)).toThrow(
      `Expected X to be a URL such as https://ctxd.example, got`,
    );
  });

  test('must be https beyond this machine, unless that is switched off', () => {
    const plain = { CTXD_REMOTE_URL: 'http://ctxd.example' };
    expect(() => destinationsFrom(plain)).toThrow('Expected CTXD_REMOTE_URL to be an https URL');
    expect(destinationsFrom({ ...plain, CTXD_REMOTE_TLS: '0' })).toHaveLength(1);
  });
});

describe("the collector's settings", () => {
  interface Settings {
    readonly exporters?: Record<string, { metrics_endpoint: string; auth?: object; tls?: object }>;
    readonly service: {
      readonly extensions: string[];
      readonly telemetry?: object;
      readonly pipelines?: { readonly metrics: { readonly exporters: string[] } };
    };
  }
  const settingsOf = (env: object, hasStore?: boolean) =>
    parse(collectorAccess(env as Record<string, string>, hasStore)) as Settings;

  test('name no other machine by default', () => {
    const { exporters, service } = settingsOf({});
    expect(exporters).toBeUndefined();
    expect(service.pipelines).toBeUndefined();
  });

  test('send metrics, and no events, to both stores, with a token and an authority that are read from files', () => {
    const { exporters, service } = settingsOf({ ...remote, CTXD_REMOTE_CA_FILE: '/ca' });
    expect(exporters?.['otlp_http/remote']).toMatchObject({
      metrics_endpoint: 'https://ctxd.example/team/v1/metrics',
      auth: { authenticator: 'bearertokenauth/remote' },
      tls: { ca_file: '${env:CTXD_REMOTE_CA_FILE}' },
      retry_on_failure: { max_elapsed_time: '0s' },
      sending_queue: { storage: 'file_storage/remote' },
    });
    expect(service.pipelines).toEqual({ metrics: { exporters: ['otlp_http/vm', 'otlp_http/remote'] } });
    expect(service.extensions).toContain('file_storage/remote');
    expect(service.telemetry).toBeUndefined();
  });

  test('send nothing, not even their own metrics, to a store that does not run', () => {
    const { service } = settingsOf(remote, false);
    expect(service.pipelines).toEqual({ metrics: { exporters: ['otlp_http/remote'] } });
    expect(JSON.stringify(service.telemetry)).toContain('https://ctxd.example/team/v1/metrics');
  });

  test('escape a dollar in the URL', () => {
    const { exporters } = settingsOf({ CTXD_REMOTE_URL: 'https://a/$x' });
    expect(exporters?.['otlp_http/remote']?.metrics_endpoint).toBe('https://a/$$x/v1/metrics');
  });
});
