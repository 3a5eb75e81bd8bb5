import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const patterns = {
  'a metric name': /contextd_\w+/,
  'a threshold': /(?<![\w.])(70|90)(?![\w.])/,
  PromQL: /\[\d+[smhd]\]|\bby \(|\btopk\(/,
};

const files = globSync('{alerts,compose,dashboards}/**/*.{ts,tsx}', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => [path, codeOf(readFileSync(join(root, path), 'utf8'))] as const);
const views = files.filter(([path]) => !path.startsWith('dashboards/queries/'));

describe.each(Object.entries(patterns))('%s', (_, pattern) => {
  test.each(views)('is not written out in %s', (__, code) => {
    expect(code.match(pattern)?.[0]).toBeUndefined();
  });
});

test.each(files.filter(([path]) => !path.startsWith('compose/')))(
  '%s takes settings as values and does not read the environment',
  (_, code) => {
    expect(code).not.toContain('process.env');
  },
);

test.each([
  ['a metric name', "const used = 'contextd_session_context_tokens';"],
  ['a threshold', 'const critical = usage >= 90;'],
  ['PromQL', 'const expr = `rate(${saved}[5m])`;'],
  ['PromQL', 'const expr = `max by (session_id) (${usage})`;'],
] as const)('the check sees %s in %s', (kind, code) => {
  expect(code).toMatch(patterns[kind]);
});

function codeOf(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
}
