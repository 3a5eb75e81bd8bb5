import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { composeFile, inContainer } from './compose-file.ts';
import { imageReference, partNamed, parts } from './parts.ts';

interface Service {
  readonly image: string;
  readonly command: string[];
  readonly environment?: Record<string, string>;
  readonly ports: string[];
  readonly healthcheck?: { test: string[] };
  readonly depends_on?: unknown;
  readonly pid?: string;
  readonly volumes: { source: string; target: string; read_only?: boolean }[];
}

const text = composeFile();
const { services }: { services: Record<string, Service> } = parse(text);

describe('the compose file', () => {
  test('has one service per part, with an image that the environment overrides', () => {
    expect(Object.keys(services)).toEqual(parts.map(({ name }) => name));
    for (const { name, image } of parts) {
      expect(services[name]?.image).toBe(`\${CTXD_${name.toUpperCase()}_IMAGE:-${imageReference(image)}}`);
    }
  });

  test.each(parts)('says in two lines what $name does', ({ name, comment }) => {
    expect(text).toContain(`  # ${comment[0]}\n  # ${comment[1]}\n  ${name}:\n`);
  });

  test.each(parts)(
    'publishes $name on 127.0.0.1, or on CTXD_BIND if it authenticates every request',
    (part) => {
      const [main, ...others] = services[part.name]?.ports ?? [];
      const host = part.opens ? '${CTXD_BIND:-127.0.0.1}' : '127.0.0.1';
      expect(main?.startsWith(`${host}:\${CTXD_`)).toBe(true);
      for (const port of others) expect(port).toMatch(/^127\.0\.0\.1:\$\{CTXD_\w+_PORT:-\d+\}:\d+$/);
    },
  );

  test.each(parts)('limits the memory, the processes and the log of $name', ({ name, memoryLimit }) => {
    expect(services[name]).toMatchObject({
      mem_limit: memoryLimit,
      pids_limit: 256,
      logging: { driver: 'json-file', options: { 'max-size': '10m' } },
    });
  });

  test('mounts the Docker socket nowhere', () => {
    expect(text).not.toContain('docker.sock');
  });

  test('lets only the receiver see the processes of the machine, and the folders of Claude Code', () => {
    for (const { name } of parts) {
      const claudeMounts = services[name]?.volumes.filter(({ source }) => source.includes('CTXD_CLAUDE_DIR'));
      expect(services[name]?.pid).toBe(name === 'receiver' ? 'host' : undefined);
      expect(claudeMounts?.map(({ read_only }) => read_only)).toEqual(
        name === 'receiver' ? [true, true] : [],
      );
    }
  });

  test.each(parts)('drops the privileges of $name', ({ name }) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      user: expect.stringContaining('CTXD_USER'),
    });
  });

  test.each(parts)('restarts $name when it crashes, at most eight times', ({ name }) => {
    expect(services[name]).toMatchObject({ restart: 'on-failure:8' });
  });

  test('checks the health of each service whose image has `wget`', () => {
    for (const { name, image } of parts) expect(services[name]?.healthcheck !== undefined).toBe(image.wget);
    expect(services.vmalert?.depends_on).toEqual({ victoriametrics: { condition: 'service_healthy' } });
  });

  test('checks the health of Alertmanager with the password, without exposing it', () => {
    const [kind, words = ''] = services.alertmanager?.healthcheck?.test ?? [];
    expect(kind).toBe('CMD-SHELL');
    expect(words).toContain('"$$(cat /etc/ctxd/secrets/alertmanager-password)"');
    expect(words).toContain('GET /-/ready ');
    // Every user can read the arguments of a program; `printf` is part of the shell.
    expect(words.replaceAll(/\bprintf .*? \| /g, '')).not.toContain('$$');
  });

  test('writes the flags one per line', () => {
    for (const part of parts) {
      for (const flag of part.args(inContainer(part))) expect(text).toContain(`\n      - ${flag}\n`);
    }
  });

  test('keeps data and secrets in the state folder, the secrets read-only', () => {
    expect(services.grafana?.volumes).toContainEqual(
      expect.objectContaining({ target: '/etc/ctxd/secrets/grafana-password', read_only: true }),
    );
    const data = services.victoriametrics?.volumes.find(({ target }) => target === '/victoria-metrics-data');
    expect(data?.source).toMatch(/^\$\{CTXD_STATE_DIR:\?.+\}\/data\/victoriametrics$/);
  });

  test('escapes the dollar of a file reference, and no other', () => {
    const environment = services.grafana?.environment;
    expect(environment?.GF_SECURITY_ADMIN_PASSWORD).toBe('$$__file{/etc/ctxd/secrets/grafana-password}');
    expect(environment?.GF_SERVER_ROOT_URL).toBe('http://127.0.0.1:${CTXD_GRAFANA_PORT:-3000}');
  });

  test('passes settings of the user on to the receiver, and starts it with Node', () => {
    expect(services.receiver).toMatchObject({
      entrypoint: ['node'],
      environment: { CTXD_MODEL_WINDOWS: '${CTXD_MODEL_WINDOWS:-}', CTXD_RECEIVER_LISTEN: '0.0.0.0:4319' },
    });
  });

  test('lets parts reach each other by name', () => {
    expect(inContainer(partNamed('vmalert')).url('victoriametrics')).toBe('http://victoriametrics:8428');
  });
});
