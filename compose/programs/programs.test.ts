import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectorAccess } from '../collector-access.ts';
import { programOf, programs } from './programs.ts';

const linux = { os: 'linux', arch: 'amd64' } as const;
const mac = { os: 'darwin', arch: 'arm64' } as const;

describe('the releases', () => {
  test.each([
    ['collector', linux, 'otelcol-contrib_0.162.0_linux_amd64.tar.gz'],
    ['victoriametrics', linux, 'victoria-metrics-linux-amd64-v1.151.0.tar.gz'],
    ['vmalert', mac, 'vmutils-darwin-arm64-v1.151.0.tar.gz'],
    ['vmalert-tool', linux, 'vmutils-linux-amd64-v1.151.0.tar.gz'],
    ['alertmanager', mac, 'alertmanager-0.31.1.darwin-arm64.tar.gz'],
    ['grafana', linux, 'grafana-13.2.3.linux-amd64.tar.gz'],
  ] as const)('of %s have the file names of the project', (name, target, fileName) => {
    const { url, checksumsUrl } = programs[name].release(target);
    expect(url.split('/').at(-1)).toBe(fileName);
    expect(new URL(checksumsUrl).host).toBe(new URL(url).host);
  });

  test('do not exist for the receiver, which runs in the same Node', () => {
    expect(programOf('receiver')).toBeUndefined();
    expect(programOf('vmalert')).toBe(programs.vmalert);
  });

  test('start Grafana with its folder', () => {
    expect(programs.grafana.launch('/opt/grafana/bin/grafana')).toEqual([
      'server',
      '--homepath=/opt/grafana',
    ]);
    expect(programs.collector.launch('/x')).toEqual([]);
  });
});

describe('the collector that is built here', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const configurations: Record<string, Record<string, unknown>>[] = [
    parse(read('../collector.yaml')),
    parse(collectorAccess({})),
  ];
  const used = ['receiver', 'processor', 'exporter', 'extension'].flatMap((kind) =>
    configurations.flatMap((configuration) =>
      Object.keys(configuration[`${kind}s`] ?? {}).map((id) => [id.split('/')[0] ?? '', kind] as const),
    ),
  );

  test.each([...new Map(used).entries()])('has %s, a(n) %s that its configuration uses', (type, kind) => {
    const factory = new RegExp(`\\b${type.replaceAll('_', '')}(${kind})?\\.NewFactory\\(\\)`);
    expect(read('collector/main.go')).toMatch(factory);
  });
});
