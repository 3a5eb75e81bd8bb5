import { describe, expect, test } from 'vitest';
import { programOf, programs } from './programs.ts';

const linux = { os: 'linux', arch: 'amd64' } as const;
const mac = { os: 'darwin', arch: 'arm64' } as const;

describe('the releases', () => {
  test.each([
    ['collector', linux, 'otelcol-contrib_0.162.0_linux_amd64.tar.gz'],
    ['victoriametrics', linux, 'victoria-metrics-linux-amd64-v1.150.0.tar.gz'],
    ['vmalert', mac, 'vmutils-darwin-arm64-v1.150.0.tar.gz'],
    ['vmalert-tool', linux, 'vmutils-linux-amd64-v1.150.0.tar.gz'],
    ['alertmanager', mac, 'alertmanager-0.31.1.darwin-arm64.tar.gz'],
    ['grafana', linux, 'grafana-13.2.3.linux-amd64.tar.gz'],
  ] as const)('of %s have the file name of the project', (name, target, fileName) => {
    const { url, checksumsUrl } = programs[name].release(target);
    expect(url.split('/').at(-1)).toBe(fileName);
    expect(new URL(checksumsUrl).host).toBe(new URL(url).host);
  });

  test('are none for the receiver, which runs in the Node that is there', () => {
    expect(programOf('receiver')).toBeUndefined();
    expect(programOf('vmalert')).toBe(programs.vmalert);
  });

  test('start Grafana with the folder it lies in', () => {
    expect(programs.grafana.launch('/opt/grafana/bin/grafana')).toEqual([
      'server',
      '--homepath=/opt/grafana',
    ]);
    expect(programs.collector.launch('/x')).toEqual([]);
  });
});
