import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { forEachPart, imageReference, partNamed, parts } from '../../parts.ts';
import { dockerProblem, isComposeNewEnough } from './docker-problem.ts';
import { containersFrom, crashesIn, usageFrom } from './containers.ts';
import { pullImages } from './images.ts';
import { dockerRuntime } from './docker.ts';
import { testFolder, type TestFolder } from '../test-folder.ts';

/** A `docker` command that records its calls and answers by the given cases of a shell `case`. */
async function withDocker(folder: TestFolder, cases: string) {
  const calls = join(folder.path, 'calls');
  await writeFile(calls, '');
  const script = `echo "$*" >> ${calls}\n[ "$1" = compose ] && env | grep ^CTXD_ | sort >> ${calls}\ncase "$*" in ${cases} esac`;
  await folder.program('docker', script);
  const env: NodeJS.ProcessEnv = { PATH: `${folder.path}:/usr/bin:/bin`, CTXD_PROJECT: 'ctxd-test' };
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const ports = forEachPart(({ port, healthPort }) => ({ main: port, health: healthPort ?? port }));
  const runtime = dockerRuntime({ stateDir: '/state', ports, env, print, warn: print });
  return { env, runtime, printed, calls: async () => await readFile(calls, 'utf8') };
}

const grafana = partNamed('grafana');
const collector = partNamed('collector');

describe('the docker runtime', () => {
  test('can be used where an engine answers and has compose', async () => {
    await using folder = await testFolder();
    const { env } = await withDocker(folder, '*) ;;');
    expect(await dockerProblem(env)).toBeUndefined();
  });

  test.each([
    [
      'no engine answers',
      `version*) echo 'Cannot connect to the Docker daemon' >&2; exit 1 ;;`,
      { reason: 'No Docker engine answers (Cannot connect to the Docker daemon)', remedy: 'Start Docker.' },
    ],
    [
      'this user is not allowed to use its socket',
      `version*) echo 'permission denied while trying to connect' >&2; exit 1 ;;`,
      {
        reason:
          'This user is not allowed to use the Docker engine (permission denied while trying to connect)',
        remedy: 'Add the user to the group docker, or use rootless Docker.',
      },
    ],
    [
      'it prints nothing',
      `version*) exit 1 ;;`,
      { reason: 'Docker does not work ()', remedy: 'Run `docker version` to see why.' },
    ],
    [
      'compose is missing',
      'compose*) exit 1 ;;',
      {
        reason: 'Docker is running, but has no compose plugin',
        remedy: expect.stringContaining('Install Docker Compose 2.17 or newer'),
      },
    ],
    [
      'compose is too old',
      'compose*) echo 2.4.1 ;;',
      {
        reason: 'Docker is running, but has compose 2.4.1, which is too old',
        remedy: expect.stringContaining('Install Docker Compose 2.17 or newer'),
      },
    ],
  ])('says why it cannot be used when %s', async (_case, cases, problem) => {
    await using folder = await testFolder();
    const { env } = await withDocker(folder, cases);
    expect(await dockerProblem(env)).toEqual(problem);
  });

  test('says that there is no docker command', async () => {
    const problem = await dockerProblem({ PATH: '/nowhere' });
    expect(problem?.reason).toMatch(/^There is no docker command \(.+not found\)$/);
    expect(problem?.remedy).toContain('https://docs.docker.com/get-docker/');
  });

  test.each([
    ['2.17.0', true],
    ['v2.40.3-desktop.1', true],
    ['3.0', true],
    ['dev', true],
    ['2.16.9', false],
    ['1.29.2', false],
  ])('considers compose %s new enough: %s', (version, enough) => {
    expect(isComposeNewEnough(version)).toBe(enough);
  });

  test('reads the resources of the containers', () => {
    const lines =
      'id1 collector running 2026-11-23T00:00:00Z 2\nid2 webhook running 2026-11-23T00:00:00Z 0\n' +
      'id3 grafana running x 0\nid4 vmalert exited 2026-11-23T00:00:00Z 8';
    const memories = 'id1 43.5MiB / 768MiB\nid3 1.5GiB / 2GiB';
    const usage = usageFrom(containersFrom(lines), memories, Date.parse('2026-11-23T00:01:00Z'));
    expect(usage.get('collector')).toEqual({
      uptimeSeconds: 60,
      restarts: 2,
      memoryBytes: 43.5 * 1_024 ** 2,
    });
    expect(usage.get('grafana')?.memoryBytes).toBe(1.5 * 1_024 ** 3);
    expect(usage.get('vmalert')).toEqual({ restarts: 8 });
    expect(usage.size).toBe(3);
  });

  test('distinguishes crashed parts from stopped ones, and says whether Docker restarts them', () => {
    const lines =
      'id1 collector running x 2\nid2 grafana restarting x 3\nid3 vmalert exited x 8\nid4 receiver exited x 7';
    expect(crashesIn(containersFrom(lines))).toEqual(
      new Map([
        ['grafana', 'restarting'],
        ['vmalert', 'disabled'],
      ]),
    );
  });

  test('starts parts as one project with their ports, state folder and user', async () => {
    await using folder = await testFolder();
    const { runtime, calls } = await withDocker(folder, '*) ;;');
    await runtime.start([collector, grafana]);
    const words = await calls();
    expect(words).toMatch(
      /^compose -p ctxd-test -f \S+compose\/generated\/compose\.yaml up -d --quiet-pull collector grafana$/m,
    );
    for (const variable of [
      'CTXD_STATE_DIR=/state',
      'CTXD_GRAFANA_PORT=3000',
      'CTXD_COLLECTOR_HEALTH_PORT=13133',
    ]) {
      expect(words).toContain(variable);
    }
    expect(words).toContain(`CTXD_USER=${process.getuid?.()}:${process.getgid?.()}`);
  });

  test('runs as root in the container where a rootless engine maps that to this user', async () => {
    await using folder = await testFolder();
    const { runtime, calls } = await withDocker(folder, 'info*) echo "[name=seccomp name=rootless]" ;;');
    await runtime.start([collector]);
    expect(await calls()).toContain('CTXD_USER=0:0');
  });

  test('reports the last line of output of an engine that does not start them', async () => {
    await using folder = await testFolder();
    const { runtime } = await withDocker(folder, '*up*) echo "port is already allocated" >&2; exit 1 ;;');
    await expect(runtime.start([collector])).rejects.toThrow(
      'Docker could not start the stack: port is already allocated',
    );
  });

  test('takes the whole project down, or only the parts given', async () => {
    await using folder = await testFolder();
    const { runtime, calls } = await withDocker(folder, '*) ;;');
    await runtime.stop(parts);
    await runtime.stop([grafana]);
    expect(await calls()).toMatch(/ down --remove-orphans$[^]* rm --stop --force grafana$/m);
  });

  test('touches nothing when there is nothing to start or stop', async () => {
    await using folder = await testFolder();
    const { runtime, calls } = await withDocker(folder, '*) ;;');
    await runtime.start([]);
    await runtime.stop([]);
    expect(await calls()).toBe('');
  });

  test('counts a container as running only while it runs', async () => {
    await using folder = await testFolder();
    const { runtime } = await withDocker(
      folder,
      "ps*) printf 'collector running\\ngrafana restarting\\nvmalert exited\\n' ;;",
    );
    expect([...(await runtime.running())]).toEqual(['collector']);
  });

  test('shows the last lines of a log', async () => {
    await using folder = await testFolder();
    const { runtime } = await withDocker(folder, "*'--tail 2 vmalert') printf 'one\\ntwo\\n' ;;");
    expect(await runtime.logTail('vmalert', 2)).toEqual(['one', 'two']);
  });

  test('pulls only the images that this machine lacks', async () => {
    await using folder = await testFolder();
    const { runtime, printed, calls } = await withDocker(folder, '*inspect*grafana*) exit 1 ;;');
    expect(await runtime.has(collector)).toBe(true);
    expect(await runtime.has(grafana)).toBe(false);
    expect(await runtime.prepare([collector, grafana])).toEqual([]);
    expect(printed).toEqual([`Pulling ${imageReference(grafana.image)} …`]);
    expect((await calls()).match(/^pull.*$/gm)).toEqual([`pull ${imageReference(grafana.image)}`]);
  });

  test('pulls again with `pull`, but not an image with a digest', async () => {
    await using folder = await testFolder();
    const { runtime, env, calls } = await withDocker(folder, '*) ;;');
    env.CTXD_GRAFANA_IMAGE = 'mirror.example/grafana:latest';
    await runtime.prepare([collector, grafana], true);
    expect((await calls()).match(/^pull.*$/gm)).toEqual(['pull mirror.example/grafana:latest']);
  });

  test('shows how many layers are pulled, and falls back to the local image', async () => {
    await using folder = await testFolder();
    const layers = ['a: Pulling fs layer', 'b: Already exists', 'a: Download complete', 'a: Pull complete'];
    const cases = `pull*) printf '${layers.join('\\n')}\\n'; echo 'no such host' >&2; exit 1 ;;`;
    const { env, printed } = await withDocker(folder, cases);
    env.CTXD_GRAFANA_IMAGE = 'mirror.example/grafana:latest';
    const seen: string[] = [];
    const progress = (_part: string, words: string) => void seen.push(words);
    const print = (line: string) => void printed.push(line);
    const stack = { env, print, warn: print, progress };
    expect(await pullImages([grafana], stack, true)).toEqual([]);
    expect(seen.at(-2)).toBe('pulling, 2 of 2 layers');
    expect(printed.at(-1)).toBe('The image of grafana cannot be pulled: no such host. Using the local one.');
  });

  test('continues without Grafana when its image can be neither found nor pulled', async () => {
    await using folder = await testFolder();
    const { runtime } = await withDocker(
      folder,
      '*inspect*grafana*|pull*) echo "no such host" >&2; exit 1 ;;',
    );
    const leftOut = await runtime.prepare([collector, grafana]);
    expect(leftOut.map(({ part, reason }) => [part.name, reason])).toEqual([
      [
        'grafana',
        'The image of grafana is not on this machine and cannot be pulled: no such host.\n' +
          `Set CTXD_GRAFANA_IMAGE to an image that this machine has or can pull, instead of ${imageReference(grafana.image)}.`,
      ],
    ]);
  });

  test('does not continue without the collector', async () => {
    await using folder = await testFolder();
    const { runtime } = await withDocker(folder, '*inspect*|pull*) echo "no such host" >&2; exit 1 ;;');
    await expect(runtime.prepare([collector])).rejects.toMatchObject({
      message: expect.stringContaining('Set CTXD_COLLECTOR_IMAGE to an image'),
      exitCode: 4,
    });
  });

  test('uses the image that the environment names', async () => {
    await using folder = await testFolder();
    const { runtime, env, calls } = await withDocker(folder, '*) ;;');
    env.CTXD_COLLECTOR_IMAGE = 'mirror.example/collector:1';
    await runtime.has(collector);
    expect(await calls()).toContain('image inspect mirror.example/collector:1');
  });
});
