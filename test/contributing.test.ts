import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { documents, root } from './documents.ts';

const [guide] = documents('CONTRIBUTING.md');
const examples = Array.from(
  guide!.text.matchAll(/^### (\w+)\n[^]*?```ts\n([^]*?)```/gm),
  ([, name, code]) => ({
    name: name!,
    code: code!,
  }),
);
const copied = [
  'alerts',
  'compose',
  'dashboards',
  'instrumentation',
  'scripts',
  'package.json',
  'tsconfig.json',
];

test('there is an example of at most ten lines for everything that is often added', () => {
  expect(examples.map(({ name }) => name)).toEqual([
    'Metric',
    'Query',
    'Panel',
    'Rule',
    'Adapter',
    'Channel',
  ]);
  expect(examples.filter(({ code }) => code.trim().split('\n').length > 10)).toEqual([]);
});

test('all examples together fit the code as it is, and compile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-examples-'));
  try {
    for (const name of copied)
      await cp(join(root, name), join(folder, name), { recursive: true, filter: isSource });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { code } of examples) await apply(code, folder);
    const { stdout } = await runCommand(join(root, 'node_modules/.bin/tsc'), ['--noEmit'], { cwd: folder });
    expect(stdout).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});

const isSource = (path: string) => !/node_modules|\/dist$|\.test\.ts$/.test(path);

/** Adds each piece of an example below the line that its comment quotes, or writes it as a new file. */
async function apply(code: string, folder: string): Promise<void> {
  for (const [, path, anchor, piece] of code.matchAll(
    /^\/\/ ([\w/.-]+)(?:, below: (.*))?\n((?:(?!\/\/ ).*\n)*)/gm,
  )) {
    const file = join(folder, path!);
    if (anchor === undefined) await writeFile(file, piece!);
    else await writeFile(file, withPiece(await readFile(file, 'utf8'), anchor, piece!));
  }
}

function withPiece(text: string, anchor: string, piece: string): string {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => line.includes(anchor));
  expect(index, `a line with ${anchor}`).toBeGreaterThanOrEqual(0);
  return lines.toSpliced(index + 1, 0, piece.trimEnd()).join('\n');
}
