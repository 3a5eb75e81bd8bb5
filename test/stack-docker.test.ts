import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageReference, imageVariable, partNamed, parts } from '../compose/parts.ts';
import { runCommand } from '../scripts/stack/command.ts';
import { dockerProblem } from '../scripts/stack/docker-problem.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const problem = await dockerProblem(process.env);
const started = parts.filter(({ optional }) => !optional);

/** Where an image is here by its tag only, as on machines that load images from files, that one is used. */
async function imagesAtHand(): Promise<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const { name, image } of parts) {
    const byTag = `${image.name}:${image.tag}`;
    const has = async (reference: string) =>
      (await runCommand('docker', ['image', 'inspect', reference])).exitCode === 0;
    if (!(await has(imageReference(image))) && (await has(byTag))) images[imageVariable(name)] = byTag;
  }
  return images;
}

/** The containers that a stack has left. */
async function containersOf({ env }: StackCommands): Promise<string> {
  const filter = `label=com.docker.compose.project=${env.CTXD_PROJECT}`;
  return (await runCommand('docker', ['ps', '--all', '--quiet', '--filter', filter])).stdout;
}

describe.skipIf(problem !== undefined)(
  `the docker runtime${problem === undefined ? '' : ` (skipped: ${problem.reason})`}`,
  () => {
    it(
      'goes up, stays up when told again, tells its status, goes down and keeps its data',
      { timeout: 300_000 },
      async () => {
        await using stack = await stackCommands('docker', await imagesAtHand());
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
        expect(await containersOf(stack)).toBe('');
        expect(await stack.run('status')).toMatchObject({ exitCode: 1 });
        await access(join(stack.stateDir, 'data/victoriametrics/flock.lock'));
      },
    );

    it('names a taken port, its part and the variable, and starts nothing', async () => {
      await using stack = await stackCommands('docker', await imagesAtHand());
      await using taken = createServer().listen(Number(stack.env.CTXD_COLLECTOR_PORT), '127.0.0.1');
      await once(taken, 'listening');
      const { exitCode, output } = await stack.run('up');
      expect(exitCode).toBe(3);
      expect(output).toContain(`Port ${stack.env.CTXD_COLLECTOR_PORT} (collector) on 127.0.0.1 is taken`);
      expect(await containersOf(stack)).toBe('');
    });

    it(
      'shows the last log lines of a part that fails, and leaves nothing behind',
      { timeout: 300_000 },
      async () => {
        const images = await imagesAtHand();
        const wrong = images.CTXD_VMALERT_IMAGE ?? imageReference(partNamed('vmalert').image);
        await using stack = await stackCommands('docker', { ...images, CTXD_ALERTMANAGER_IMAGE: wrong });
        const { exitCode, output } = await stack.run('up');
        expect(exitCode).toBe(1);
        expect(output).toContain('alertmanager stopped right after its start.\nIts last log lines:\n  ');
        expect(output).toContain('flag provided but not defined: -config.file');
        expect(await containersOf(stack)).toBe('');
      },
    );
  },
);
