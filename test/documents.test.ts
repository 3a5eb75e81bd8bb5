import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { variables } from '../scripts/reach/variables.ts';
import { ctxd } from './ctxd-command.ts';
import {
  anchors,
  documents,
  links,
  ourCommands,
  prose,
  root,
  sentences,
  wordCount,
  type Document,
} from './documents.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const guides = documents('*.md', 'docs/*.md', '.github/**/*.md');
const all = [...guides, ...documents('instrumentation/*.md', 'alerts/runbooks/*.md', 'test/*/README.md')];
const cases = (of: readonly Document[]) => of.map(({ path, text }) => [path, text] as const);

test('the README fits one screen', () => {
  const [readme] = documents('README.md');
  expect(readme!.text.split('\n').length).toBeLessThanOrEqual(60);
});

describe.each(cases(all))('%s', (path, text) => {
  const own = links(text).filter((target) => !/^[a-z]+:/.test(target));

  test.skipIf(path === 'test/faults/README.md')('has no sentence longer than 30 words', () => {
    expect(sentences(text).filter((sentence) => wordCount(sentence) > 30)).toEqual([]);
  });

  test('links to files that exist, and to headings in them', () => {
    expect(own.filter((target) => !leads(path, target))).toEqual([]);
  });

  test('names variables that exist', () => {
    const known = new Set([...variables.map(({ name }) => name), ...patterns]);
    const shown = text.replaceAll(/^```ts\n[^]*?^```/gm, '');
    const named = Array.from(shown.matchAll(/\b(?:CTXD|GRAFANA)_[A-Z_]+\b/g), ([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('names commands and options that exist', async () => {
    for (const line of new Set(ourCommands(text))) {
      const { words, options } = parsed(line);
      if (words === undefined) continue;
      const { exitCode, stdout } = await ctxd([...words, '--help']);
      const unknown = options.filter((option) => !stdout.includes(option));
      expect({ line, exitCode, unknown }).toEqual({ line, exitCode: 0, unknown: [] });
    }
  });
});

test('the check of sentences sees one with 31 words, and counts a link and code as they read', () => {
  const long = `${'word '.repeat(30)}end.`;
  expect(sentences(`Short. ${long}\n\n| a cell | ${long} |`).map(wordCount)).toEqual([1, 31, 2, 31]);
  expect(
    sentences('[Two words](https://example.com/a b) and `npm run stack:up -- --json`.').map(wordCount),
  ).toEqual([4]);
});

test('docs/troubleshooting.md quotes messages that the code prints', () => {
  const code = globSync('{compose,scripts,dashboards,instrumentation/src}/**/*.{ts,tsx,cjs}', { cwd: root })
    .filter((path) => !/\.test\.ts$|node_modules|generated/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8').replaceAll(/\\'/g, "'"))
    .join('\n');
  const [{ text } = { text: '' }] = documents('docs/troubleshooting.md');
  const symptoms = Array.from(prose(text).matchAll(/^\| ([^|]*`[^|]*) \|/gm), ([, cell]) => cell!);
  const quoted = symptoms.flatMap((cell) =>
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, message]) => message!),
  );
  expect(quoted.length).toBeGreaterThan(20);
  expect(quoted.filter((message) => !code.includes(message))).toEqual([]);
});

/** Names in the documentation that are not variables of the table. */
const patterns = ['GRAFANA_URL', 'GRAFANA_TOKEN'];

function leads(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchors(readFileSync(join(root, path), 'utf8')).includes(anchor);
}

/** The `ctxd` words and options of a command line; no words when it is another program's. */
function parsed(line: string): { words?: string[]; options: string[] } {
  const [program = '', ...rest] = line.split(/\s+/);
  const script = rest.find((word) => !word.startsWith('-') && word !== 'run');
  if (program === 'npm' && rest[0] === 'run') expect(Object.keys(scripts)).toContain(script);
  const words = program === 'ctxd' ? rest : (scripts[script ?? ''] ?? '').split(' ').slice(2);
  if (program === 'npm' && !scripts[script ?? '']?.startsWith('node scripts/ctxd.cjs '))
    return { options: [] };
  const own = program === 'ctxd' ? rest : rest.slice(rest.indexOf(script!) + 1);
  return {
    words: words.slice(0, program === 'ctxd' ? 1 : undefined).filter((word) => !word.startsWith('-')),
    options: own.filter((word) => /^--\w/.test(word)).map((word) => word.replace(/=.*/, '')),
  };
}
