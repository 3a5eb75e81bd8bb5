import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { portsFrom } from '../../compose/ports.ts';
import { writeRecord } from '../../compose/runtime/state.ts';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { UsageError } from '../../compose/system/stack-error.ts';
import { choicesFrom, endpointsFrom } from './options.ts';

describe('choices', () => {
  test('default to eight sessions at speed 1 with a random seed', () => {
    expect(choicesFrom([])).toMatchObject({ sessions: 8, speed: 1, seed: expect.any(Number) as number });
    expect(choicesFrom([])?.seed).not.toBe(choicesFrom([])?.seed);
  });

  test.each([
    ['--sessions', 1, 200],
    ['--speed', 0.1, 100],
    ['--seed', 0, 4_294_967_295],
  ])('%s goes from %d to %d', (option, least, most) => {
    for (const value of [least, most]) {
      expect(choicesFrom([option, `${value}`])).toMatchObject({ [option.slice(2)]: value });
    }
    expect(() => choicesFrom([option, `${most + 1}`])).toThrow(UsageError);
    expect(() => choicesFrom([`${option}=${least - 0.01}`])).toThrow(UsageError);
  });

  test.each([
    ['--sessions', '2.5', 'Expected the --sessions option to be a whole number from 1 to 200, got `2.5`'],
    ['--sessions', ' ', 'Expected the --sessions option to be a whole number from 1 to 200, got ` `'],
    ['--speed', 'fast', 'Expected the --speed option to be a number from 0.1 to 100, got `fast`'],
    ['--sesions', '3', "Unknown option '--sesions'"],
  ])('%s %s is refused with the rule', (option, value, sentence) => {
    expect(() => choicesFrom([option, value])).toThrow(sentence);
  });

  test('are none when help is requested', () => {
    expect(choicesFrom(['--help'])).toBeUndefined();
  });
});

describe('endpoints', () => {
  test.each([
    [{}, 'http://127.0.0.1:4318', 'http://127.0.0.1:3000'],
    [
      { CTXD_COLLECTOR_PORT: '5318', CTXD_GRAFANA_PORT: '3999' },
      'http://127.0.0.1:5318',
      'http://127.0.0.1:3999',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp/x/' }, 'https://otlp/x', 'http://127.0.0.1:3000'],
  ])('of %o are %s and %s', async (env, otlp, grafana) => {
    const isOwn = otlp.startsWith('http:');
    expect(await endpointsFrom({ CTXD_STATE_DIR: '/nowhere', ...env })).toEqual({
      otlp,
      tokenFile: isOwn ? '/nowhere/secrets/collector-token' : undefined,
      lookAt: `See them on the context overview in Grafana: ${grafana}`,
    });
  });

  test('are those of the running stack, with its token and without the Grafana that it lacks', async () => {
    await using folder = await testFolder();
    const env = { CTXD_STATE_DIR: folder.path };
    await writeRecord(folder.path, {
      runtime: 'native',
      parts: ['collector', 'victoriametrics'],
      ports: portsFrom({ CTXD_COLLECTOR_PORT: '5318', CTXD_RECEIVER_PORT: '5319' }),
      variables: { CTXD_BIND: '127.0.0.1' },
    });
    const tokenFile = join(folder.path, 'secrets/collector-token');
    expect(await endpointsFrom(env)).toEqual({
      otlp: 'http://127.0.0.1:5318',
      tokenFile,
      lookAt: 'See them in another terminal: npm run monitor. Or in a browser: http://127.0.0.1:5319/',
    });
    const elsewhere = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp' };
    expect(await endpointsFrom(elsewhere)).toMatchObject({ otlp: 'https://otlp', tokenFile: undefined });
    const own = { ...elsewhere, CTXD_COLLECTOR_TOKEN_FILE: '/own' };
    expect(await endpointsFrom(own)).toMatchObject({ tokenFile: '/own' });
  });

  test.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
      'Expected OTEL_EXPORTER_OTLP_ENDPOINT to be an http or https URL, got `localhost:4318`',
    ],
    [{ CTXD_GRAFANA_PORT: 'x' }, 'Expected CTXD_GRAFANA_PORT to be a port number from 1 to 65535, got `x`'],
  ])('of %o are refused with the rule', async (env, sentence) => {
    await expect(endpointsFrom({ CTXD_STATE_DIR: '/nowhere', ...env })).rejects.toThrow(
      new UsageError(sentence),
    );
  });
});
