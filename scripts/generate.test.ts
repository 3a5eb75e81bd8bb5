import { expect, test } from 'vitest';
import { drift, generatedFiles } from './generate.ts';

const rules = 'alerts/generated/rules.yaml';

test('the committed files are what the code generates, and no others', async () => {
  expect(await drift(await generatedFiles())).toEqual({ stale: [], unknown: [] });
});

test('a changed file is drift', async () => {
  const files = new Map(await generatedFiles()).set(rules, 'groups: []\n');
  expect(await drift(files)).toEqual({ stale: [rules], unknown: [] });
});

test('a missing file is drift', async () => {
  const files = new Map(await generatedFiles()).set('dashboards/generated/absent.json', '{}\n');
  expect(await drift(files)).toEqual({ stale: ['dashboards/generated/absent.json'], unknown: [] });
});

test('a file too many is drift', async () => {
  const files = new Map(await generatedFiles());
  files.delete(rules);
  expect(await drift(files)).toEqual({ stale: [], unknown: [rules] });
});
