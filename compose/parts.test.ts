import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectorAccess, wantsToken } from './collector-access.ts';
import { forEachPart, imageReference, imageVariable, partNamed, parts, type Surroundings } from './parts.ts';

const at: Surroundings = {
  listen: (role = 'main') => `127.0.0.1:${role === 'main' ? 1 : 2}`,
  dataDir: '/data',
  url: (part) => `http://${part}`,
  publicUrl: (part) => `http://public-${part}`,
  file: (name) => `/files/${name}`,
  setting: (_, fallback) => fallback,
};

describe('the parts table', () => {
  test.each(parts)('pins the image of $name by a digest', ({ image }) => {
    expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test.each(parts)('runs the same release of $name in both runtimes', ({ image, version }) => {
    expect(image.tag.replace(/^v/, '')).toBe(version);
  });

  test('gives every part its own ports', () => {
    const ports = parts.flatMap(({ port, healthPort }) => [
      port,
      ...(healthPort === undefined ? [] : [healthPort]),
    ]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('starts vmalert after VictoriaMetrics', () => {
    const names = parts.map(({ name }) => name);
    expect(partNamed('vmalert').after).toEqual(['victoriametrics']);
    expect(names.indexOf('vmalert')).toBeGreaterThan(names.indexOf('victoriametrics'));
  });

  test('finds the same part by name and in the list', () => {
    for (const part of parts) expect(forEachPart((one) => one)[part.name]).toBe(part);
  });

  test('refers to an image by tag and digest', () => {
    const { image } = partNamed('alertmanager');
    expect(imageReference(image)).toBe(
      `prom/alertmanager:${image.tag}@sha256:88b605de9aba0410775c1eb3438f951115054e0d307f23f274a4c705f51630c1`,
    );
    expect(imageVariable('alertmanager')).toBe('CTXD_ALERTMANAGER_IMAGE');
  });
});

describe('the flags', () => {
  test.each(parts)('make $name listen on its address only', (part) => {
    const words = [
      ...part.args(at),
      ...Object.entries(part.env(at)).map(([key, value]) => `${key}=${value}`),
    ];
    const text = words.join('\n');
    expect(text).not.toContain('0.0.0.0');
    expect(text).toMatch(/127\.0\.0\.1:1|HTTP_ADDR=127\.0\.0\.1\nGF_SERVER_HTTP_PORT=1/);
  });

  test('protect every admin endpoint of VictoriaMetrics with a key from a file', () => {
    const keys = partNamed('victoriametrics')
      .args(at)
      .filter((flag) => flag.includes('AuthKey='));
    expect(keys).toContain('-deleteAuthKey=file:///files/victoriametricsKey');
    expect(keys.every((flag) => flag.endsWith('=file:///files/victoriametricsKey'))).toBe(true);
  });

  test('make Alertmanager require a password, which vmalert and VictoriaMetrics read from a file', () => {
    expect(partNamed('alertmanager').args(at)).toContain('--web.config.file=/files/alertmanagerAccess');
    expect(partNamed('vmalert').args(at)).toEqual(
      expect.arrayContaining([
        '-notifier.basicAuth.username=ctxd',
        '-notifier.basicAuth.passwordFile=/files/alertmanagerPassword',
      ]),
    );
    const scraped: unknown = parse(readFileSync(new URL('scrape.yaml', import.meta.url), 'utf8'));
    expect(scraped).toMatchObject({
      scrape_configs: expect.arrayContaining([
        expect.objectContaining({
          job_name: 'alertmanager',
          basic_auth: {
            username: '%{CTXD_ALERTMANAGER_USER}',
            password_file: '%{CTXD_ALERTMANAGER_PASSWORD_FILE}',
          },
        }),
      ]),
    });
    expect(partNamed('victoriametrics').env(at)).toMatchObject({
      CTXD_ALERTMANAGER_USER: 'ctxd',
      CTXD_ALERTMANAGER_PASSWORD_FILE: '/files/alertmanagerPassword',
    });
  });

  test('make VictoriaMetrics and vmalert require a password, which all others read from a file', () => {
    const own = ['-httpAuth.username=ctxd', '-httpAuth.password=file:///files/victoriametricsPassword'];
    for (const name of ['victoriametrics', 'vmalert'] as const)
      expect(partNamed(name).args(at)).toEqual(expect.arrayContaining(own));
    for (const server of ['datasource', 'remoteWrite', 'remoteRead']) {
      expect(partNamed('vmalert').args(at)).toContain(
        `-${server}.basicAuth.passwordFile=/files/victoriametricsPassword`,
      );
    }
    expect(partNamed('collector').env(at)).toMatchObject({
      CTXD_VICTORIAMETRICS_CREDENTIALS_FILE: '/files/victoriametricsCredentials',
    });
    expect(partNamed('receiver').env(at)).toMatchObject({
      CTXD_VICTORIAMETRICS_USER: 'ctxd',
      CTXD_VICTORIAMETRICS_PASSWORD_FILE: '/files/victoriametricsPassword',
    });
  });

  test('make Grafana read its password from a file, require it, and call no other host', () => {
    expect(partNamed('grafana').env(at)).toMatchObject({
      GF_SECURITY_ADMIN_PASSWORD: '$__file{/files/grafanaPassword}',
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    });
  });
});

describe('the collector', () => {
  test.each([
    [{}, true],
    [{ CTXD_BIND: '127.0.0.1' }, true],
    [{ CTXD_COLLECTOR_AUTH: '0' }, false],
    [{ CTXD_BIND: '0.0.0.0' }, true],
    [{ CTXD_BIND: '192.168.1.5', CTXD_COLLECTOR_AUTH: '0' }, true],
  ])('with %j requires a token: %s', (env, wants) => {
    expect(wantsToken(env)).toBe(wants);
    expect(collectorAccess(env).includes('authenticator: bearertokenauth')).toBe(wants);
  });

  test('keeps its other extensions when it requires a token', () => {
    const config: unknown = parse(readFileSync(new URL('collector.yaml', import.meta.url), 'utf8'));
    const access: { service: { extensions: string[] } } = parse(collectorAccess({}));
    const { extensions } = (config as { service: { extensions: string[] } }).service;
    expect(access.service.extensions).toEqual([...extensions, 'bearertokenauth']);
  });
});

describe('the files', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

  test('of the collector use the variables in its environment, and no others', () => {
    const remote = { CTXD_REMOTE_URL: 'https://a', CTXD_REMOTE_TOKEN_FILE: '/t', CTXD_REMOTE_CA_FILE: '/c' };
    const store = {
      CTXD_METRICS_WRITE_URL: 'https://b',
      CTXD_METRICS_TOKEN_FILE: '/t',
      CTXD_METRICS_CA_FILE: '/c',
    };
    const files = read('collector.yaml') + collectorAccess({ ...remote, ...store });
    const used = [...files.matchAll(/\$\{env:(\w+)\}/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(Object.keys(partNamed('collector').env(at))));
  });

  test('of VictoriaMetrics use the variables in its environment, and no others', () => {
    const used = [...read('scrape.yaml').matchAll(/%\{(\w+)\}/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(Object.keys(partNamed('victoriametrics').env(at))));
  });

  test('of the collector batch in the queue on disk, not in a processor', () => {
    const config: unknown = parse(read('collector.yaml'));
    expect(config).toMatchObject({
      exporters: {
        'otlp_http/vm': { sending_queue: { storage: 'file_storage', batch: { flush_timeout: '200ms' } } },
      },
      service: { pipelines: { metrics: { processors: ['memory_limiter', 'delta_to_cumulative'] } } },
    });
  });

  test('of Grafana use no variable that its environment lacks', () => {
    const text =
      read('grafana/provisioning/datasources/victoriametrics.yaml') +
      read('grafana/provisioning/dashboards/ctxd.yaml');
    const used = [...text.matchAll(/\$(?!__file)(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(partNamed('grafana').env(at))).toEqual(expect.arrayContaining(used));
    expect(text).toContain('uid: victoriametrics');
  });
});
