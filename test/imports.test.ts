import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { circlesIn, importedFile, importsIn, specifiersIn } from './import-graph.ts';

const root = resolve(import.meta.dirname, '..');

test('in every folder the imports between files and folders lead one way', () => {
  expect(circlesIn(importsIn(root))).toEqual([]);
});

test('every folder and every alias is seen', () => {
  const files = importsIn(root).flatMap(({ from, to }) => [from, to]);
  for (const folder of ['alerts', 'compose', 'dashboards', 'instrumentation', 'scripts']) {
    expect(files.some((file) => file.startsWith(`${folder}/`))).toBe(true);
  }
  expect(files).toContain('instrumentation/src/metrics.ts');
  expect(files).toContain('instrumentation/src/receiver/index.ts');
});

test.each([
  `import { a } from './a.ts';`,
  `import type { A } from './a.ts';`,
  `import './a.ts';`,
  `export * from './a.ts';`,
  `export { a } from './a.ts';`,
  `type A = import('./a.ts').A;`,
  `const load = async () => (await import('./a.ts')).a;`,
  `const a = require('./a.ts');`,
  `import a = require('./a.ts');`,
])('sees the import in %s', (source) => {
  expect(specifiersIn(source)).toEqual(['./a.ts']);
});

test.each([`// import './a.ts'`, `const text = "import './a.ts'";`])('sees none in %s', (source) => {
  expect(specifiersIn(source)).toEqual([]);
});

test.each([
  ['a/b.ts', '../c/d.ts', 'c/d.ts'],
  ['a/b.ts', './c.ts', 'a/c.ts'],
  ['a/b.ts', '#metrics', 'm.ts'],
  ['a/b.ts', 'node:fs', undefined],
])('from %s %s is %s', (from, specifier, file) => {
  expect(importedFile(from, specifier, { '#metrics': 'm.ts' })).toBe(file);
});

test.each<[string, string[], string[]]>([
  ['two files', ['a/x.ts a/y.ts', 'a/y.ts a/x.ts'], ['a: x.ts → y.ts, y.ts → x.ts']],
  ['a file that imports itself', ['a/x.ts a/x.ts'], ['a: x.ts → x.ts']],
  [
    'two folders whose files are in no circle',
    ['a/x.ts b/y.ts', 'b/z.ts a/w.ts'],
    ['.: a/x.ts → b/y.ts, b/z.ts → a/w.ts'],
  ],
  [
    'three folders inside another',
    ['s/a/x.ts s/b/x.ts', 's/b/y.ts s/c/x.ts', 's/c/y.ts s/a/y.ts'],
    ['s: a/x.ts → b/x.ts, b/y.ts → c/x.ts, c/y.ts → a/y.ts'],
  ],
  [
    'a folder and a file beside it',
    ['a/run.ts a/steps/one.ts', 'a/steps/two.ts a/run.ts'],
    ['a: run.ts → steps/one.ts, steps/two.ts → run.ts'],
  ],
  ['a folder whose parent uses it and is used by it', ['a/app.ts a/b/x.ts', 'a/b/x.ts a/error.ts'], []],
  ['imports one way', ['a/x.ts b/y.ts', 'b/y.ts c/z.ts', 'a/x.ts c/z.ts'], []],
])('%s: the expected circles are reported', (_, lines, circles) => {
  const imports = lines.map((line) => line.split(' ')).map(([from, to]) => ({ from: from!, to: to! }));
  expect(circlesIn(imports)).toEqual(circles);
});
