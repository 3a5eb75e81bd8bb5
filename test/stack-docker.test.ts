import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageReference, partNamed, parts } from '../compose/parts.ts';
import { dockerProblem } from '../compose/runtime/docker/docker-problem.ts';
import { stackCommands } from './stack-commands.ts';

const problem = await dockerProblem(process.env);
const started = parts.filter(({ optional }) => !optional);

describe.skipIf(problem !== undefined)(
  `the docker runtime${problem === undefined ? '' : ` (skipped: ${problem.reason})`}`,
  () => {
    test(
      'starts, stays up at a second up, reports its status, stops and keeps its data',
      { timeout: 300_000 },
      async () => {
        await using stack = await stackCommands('docker');
        const first = await stack.run('up');
        expect([first.exitCode, first.output]).toEqual([0, expect.stringContaining('The stack is up after')]);
        for (const { name } of started)
          expect(first.stdout).toMatch(new RegExp(`^${name} +healthy +http://127.0.0.1:\\d+$`, 'm'));
        expect(await stack.run('up')).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining('already running (docker)'),
        });
        expect(await stack.run('status')).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining('is healthy'),
        });
        expect(await stack.run('down')).toMatchObject({ exitCode: 0 });
        expect(await stack.leftovers()).toEqual([]);
        expect(await stack.run('status')).toMatchObject({ exitCode: 1 });
        await access(join(stack.stateDir, 'data/victoriametrics/flock.lock'));
      },
    );

    test('names a taken port, its part and the variable, and starts nothing', async () => {
      await using stack = await stackCommands('docker');
      await using taken = createServer().listen(Number(stack.env.CTXD_COLLECTOR_PORT), '127.0.0.1');
      await once(taken, 'listening');
      const { exitCode, output } = await stack.run('up');
      expect(exitCode).toBe(3);
      expect(output).toContain(`Port ${stack.env.CTXD_COLLECTOR_PORT} (collector) on 127.0.0.1 is taken`);
      expect(await stack.leftovers()).toEqual([]);
    });

    test(
      'quotes a part that rejects its configuration, and leaves nothing behind',
      { timeout: 300_000 },
      async () => {
        await using stack = await stackCommands('docker');
        stack.env.CTXD_ALERTMANAGER_IMAGE =
          stack.env.CTXD_VMALERT_IMAGE ?? imageReference(partNamed('vmalert').image);
        const { exitCode, output } = await stack.run('up');
        expect(exitCode).toBe(1);
        expect(output).toContain('alertmanager rejects its configuration; nothing was started: ');
        expect(output).toContain('flag provided but not defined: -config.file');
        expect(await stack.leftovers()).toEqual([]);
      },
    );
  },
);
