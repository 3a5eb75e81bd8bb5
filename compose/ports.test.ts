import { describe, expect, test } from 'vitest';
import { portsFrom, portVariable } from './ports.ts';

describe('the ports', () => {
  test('default to those of the parts', () => {
    expect(portsFrom({})).toEqual({
      collector: { main: 4318, health: 13133 },
      victoriametrics: { main: 8428, health: 8428 },
      alertmanager: { main: 9093, health: 9093 },
      vmalert: { main: 8880, health: 8880 },
      receiver: { main: 4319, health: 4319 },
      grafana: { main: 3000, health: 3000 },
    });
  });

  test('are overridden one by one by variables', () => {
    const ports = portsFrom({
      CTXD_GRAFANA_PORT: '3001',
      CTXD_COLLECTOR_HEALTH_PORT: '1',
      CTXD_VMALERT_PORT: '65535',
    });
    expect(ports.grafana).toEqual({ main: 3001, health: 3001 });
    expect(ports.collector).toEqual({ main: 4318, health: 1 });
    expect(ports.vmalert.main).toBe(65_535);
  });

  test('default when a variable is empty', () => {
    expect(portsFrom({ CTXD_GRAFANA_PORT: '' }).grafana.main).toBe(3000);
  });

  test.each(['0', '65536', '80.5', 'http', '-1'])('refuse `%s` by the name of the variable', (text) => {
    const rule = `Expected CTXD_GRAFANA_PORT to be a port number from 1 to 65535, got \`${text}\``;
    expect(() => portsFrom({ CTXD_GRAFANA_PORT: text })).toThrow(new RangeError(rule));
  });

  test('of parts that authenticate are reached at CTXD_BIND', () => {
    const { collector, grafana, victoriametrics } = portsFrom({ CTXD_BIND: '192.168.1.5' });
    expect([collector.host, grafana.host, victoriametrics.host]).toEqual([
      '192.168.1.5',
      '192.168.1.5',
      undefined,
    ]);
    expect(portsFrom({ CTXD_BIND: '0.0.0.0' }).grafana.host).toBeUndefined();
  });

  test.each(['localhost', '::1', '1.2.3'])('refuse CTXD_BIND=%s', (bind) => {
    const rule = `Expected CTXD_BIND to be an IPv4 address of this machine, got \`${bind}\``;
    expect(() => portsFrom({ CTXD_BIND: bind })).toThrow(new RangeError(rule));
  });

  test('have one variable each', () => {
    expect(portVariable('vmalert')).toBe('CTXD_VMALERT_PORT');
    expect(portVariable('collector', 'health')).toBe('CTXD_COLLECTOR_HEALTH_PORT');
  });
});
