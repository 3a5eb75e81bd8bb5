import { format } from 'prettier';
import { expect, test } from 'vitest';
import { withTables } from './readme-tables.ts';

const marked = (name: string) =>
  `# Title\n\n<!-- generated:${name} -->\n\nold\n\n<!-- /generated -->\n\nText.\n`;

test('a text without markers comes back unchanged', () => {
  expect(withTables('# Title\n\nText.\n')).toBe('# Title\n\nText.\n');
});

test('a table replaces the text between its markers, and nothing else', () => {
  const readme = withTables(marked('alerts'));
  expect(readme).toMatch(/^# Title\n\n<!-- generated:alerts -->\n\n\| Alert/);
  expect(readme).toMatch(/\|\n\n<!-- \/generated -->\n\nText\.\n$/);
  expect(readme).not.toContain('old');
  expect(readme).toContain('[ContextWindowCritical](../alerts/runbooks/ContextWindowCritical.md)');
});

test.each(['metrics', 'receiver-metrics', 'queries', 'alerts', 'stack-commands', 'settings'])(
  'the table of %s is as prettier writes it',
  async (name) => {
    const readme = withTables(marked(name));
    expect(await format(readme, { parser: 'markdown' })).toBe(readme);
    expect(withTables(readme)).toBe(readme);
  },
);

test('empty markers are filled', () => {
  const readme = withTables('<!-- generated:metrics -->\n<!-- /generated -->\n');
  expect(readme).toContain('`contextd_session_context_tokens`');
});

test('a marker that names no table is refused by name', () => {
  expect(() => withTables(marked('alarms'))).toThrow(
    'Expected the marker `generated:alarms` to name one of the tables.\nUse one of: metrics, receiver-metrics, queries, alerts, stack-commands, settings.',
  );
});
