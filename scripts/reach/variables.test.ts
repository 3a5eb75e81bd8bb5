import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alertSettings, alertSettingsFrom } from '../../alerts/settings.ts';
import { thresholdsFrom } from '../../instrumentation/src/thresholds.ts';
import { variableGroups, variables, variablesHelp } from './variables.ts';

const root = join(import.meta.dirname, '../..');
const names = variables.map(({ name }) => name);
/** Their names are built from the names of parts. */
const built = new Set(
  [...variableGroups.ports.variables, ...variableGroups.images.variables].map(({ name }) => name),
);

function namesIn(patterns: string[]): Set<string> {
  const files = globSync(patterns, {
    cwd: root,
    exclude: ['**/*.test.ts', '**/generated/**', '**/reach/variables.ts'],
  });
  return new Set(
    files.flatMap(
      (file) => readFileSync(join(root, file), 'utf8').match(/\bCTXD_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [],
    ),
  );
}

test('every variable that the code reads is in the table', () => {
  const code = namesIn([
    '{alerts,compose,dashboards,scripts}/**/*.{ts,cjs,sh,yaml}',
    'instrumentation/src/**/*.ts',
  ]);
  expect([...code].filter((name) => !names.includes(name))).toEqual([]);
});

test('every variable in the table is read by the code', () => {
  const code = namesIn([
    '{alerts,compose,dashboards,scripts,test}/**/*.{ts,cjs,sh,yaml}',
    'instrumentation/src/**/*.ts',
  ]);
  const stray = names.filter((name) => name.startsWith('CTXD_') && !built.has(name) && !code.has(name));
  expect(stray).toEqual([]);
});

test('no variable is in the table twice', () => {
  expect(new Set(names).size).toBe(names.length);
});

test('defaults are those that the code uses', () => {
  const defaults = Object.fromEntries(variables.map(({ name, default: fallback }) => [name, fallback]));
  expect(thresholdsFrom(defaults)).toEqual(thresholdsFrom({}));
  expect(alertSettings()).toMatchObject(alertSettingsFrom(defaults));
});

test('the help has each variable of a group, with its default', () => {
  const help = variablesHelp('stack', 'ports');
  for (const { name } of variableGroups.stack.variables)
    expect(help).toMatch(new RegExp(`^ {2}${name} +\\w`, 'm'));
  expect(help).toMatch(/^ {2}CTXD_RETENTION +How long .+ Default: 90d\.$/m);
  expect(help).toMatch(/^ {2}CTXD_<PART>_PORT +Port of a part/m);
  expect(help).not.toContain('CTXD_GRAFANA_PORT  ');
  expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(112);
});
