import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drift, generate, generatedFiles } from './main.ts';

const rules = 'alerts/generated/rules.yaml';

test('the committed files are exactly those that the code generates', async () => {
  expect(await drift(await generatedFiles())).toEqual({ stale: [], unknown: [] });
});

describe('in an empty folder', () => {
  test('everything is written, and then nothing is left to do', async () => {
    await using folder = await emptyFolder();
    const paths = [...(await generatedFiles(folder.path)).keys()];
    const { stale } = await drift(await generatedFiles(folder.path), folder.path);
    expect(stale).toEqual(paths);
    expect(await linesOf(folder.path)).toHaveLength(paths.length + 1);
    expect(await linesOf(folder.path)).toEqual([
      `${paths.length} generated files are up to date. Commit them together with their sources.`,
    ]);
  });

  test('a changed file is drift, and is written again', async () => {
    await using folder = await generatedFolder();
    await writeFile(join(folder.path, rules), 'groups: []\n');
    const files = await generatedFiles(folder.path);
    expect(await drift(files, folder.path)).toEqual({ stale: [rules], unknown: [] });
    expect(await linesOf(folder.path)).toContain(`wrote    ${rules}`);
    expect(await readFile(join(folder.path, rules), 'utf8')).toBe(files.get(rules));
  });

  test('an extra file is drift, and is removed', async () => {
    await using folder = await generatedFolder();
    const stray = 'dashboards/generated/old.json';
    await writeFile(join(folder.path, stray), '{}\n');
    const files = await generatedFiles(folder.path);
    expect(await drift(files, folder.path)).toEqual({ stale: [], unknown: [stray] });
    expect(await linesOf(folder.path)).toContain(`removed  ${stray}`);
    expect(await drift(files, folder.path)).toEqual({ stale: [], unknown: [] });
  });

  test('an old table in a README is drift, and the text around it stays', async () => {
    await using folder = await generatedFolder();
    await mkdir(join(folder.path, 'instrumentation'));
    const readme = join(folder.path, 'instrumentation/README.md');
    await writeFile(
      readme,
      'Before.\n\n<!-- generated:metrics -->\n\nold\n\n<!-- /generated -->\n\nAfter.\n',
    );
    expect(await linesOf(folder.path)).toContain('wrote    instrumentation/README.md');
    expect(await readFile(readme, 'utf8')).toMatch(/^Before\.\n\n<!-- .*\n\n\| Metric [^]*\n\nAfter\.\n$/);
  });
});

async function linesOf(root: string): Promise<string[]> {
  const lines: string[] = [];
  await generate(root, (line: string) => lines.push(line));
  return lines;
}

async function generatedFolder() {
  const folder = await emptyFolder();
  await generate(folder.path, () => undefined);
  return folder;
}

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'ctxd-generate-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
