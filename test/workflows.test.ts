import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../compose/system/command.ts';
import { root } from './documents.ts';

interface Workflow {
  readonly permissions?: object;
  readonly jobs: Readonly<
    Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>
  >;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map(
  (path) => [path, readFileSync(join(root, path), 'utf8')] as const,
);
const actionlint = /github\.com\/rhysd\/actionlint\S+/.exec(
  workflows.map(([, text]) => text).join('\n'),
)?.[0];
const hasGo = (await runCommand('go', ['version'])).exitCode === 0;

describe.each(workflows)('%s', (_, text) => {
  const { permissions, jobs } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  test('starts with few permissions, and every job ends', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(Object.values(jobs).map((job) => job['timeout-minutes'])).not.toContain(undefined);
  });

  test('pins every action to a commit, with its version beside it', () => {
    const used = text.split('\n').filter((line) => line.includes('uses:'));
    expect(used.filter((line) => !/uses: [\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual(
      [],
    );
  });

  test('runs scripts and test files that exist', () => {
    const commands = steps.map(({ run = '' }) => run).join('\n');
    const named = Array.from(commands.matchAll(/npm run ([\w:]+)/g), ([, name]) => name!);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    const files = commands.match(/\btest\/\S+\.ts\b/g) ?? [];
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test.skipIf(!hasGo)('actionlint finds nothing (needs Go)', async () => {
  const { exitCode, stdout } = await runCommand('go', ['run', String(actionlint)], { cwd: root });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
});
