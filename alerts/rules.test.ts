import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertNames, ruleGroups, rulesFile } from './rules.ts';

const runbooks = join(import.meta.dirname, 'runbooks');
const rules = ruleGroups().flatMap((group) => group.rules);

test('critical is evaluated before the warning that it inhibits', () => {
  expect(rules.map(({ alert }) => alert)).toEqual(['ContextWindowCritical', 'ContextWindowWarning']);
});

test('the file says that it is generated, and holds the groups', () => {
  expect(rulesFile()).toMatch(/^# Generated from alerts\/rules\.ts by `npm run generate`: do not edit\.\n/);
  expect(parse(rulesFile())).toEqual({ groups: ruleGroups() });
});

test('links and times are those of the configuration', () => {
  const [group] = ruleGroups({
    dashboardUrl: 'https://grafana.example/d/x',
    runbookBase: 'https://example.com/runbooks',
    intervalSeconds: 5,
    holdSeconds: 65,
  });
  expect(group?.interval).toBe('5s');
  expect(group?.rules[0]?.expr).toContain('[65s]');
  expect(group?.rules[0]?.annotations).toMatchObject({
    runbook_url: 'https://example.com/runbooks/ContextWindowCritical.md',
    dashboard_url: 'https://grafana.example/d/x',
  });
});

test('every runbook belongs to an alert', () => {
  const names = Object.values(alertNames).map((name) => `${name}.md`);
  expect(readdirSync(runbooks).toSorted()).toEqual(names.toSorted());
});

describe.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (alert, { annotations }) => {
  test('has a static summary, and a description with the session and the number', () => {
    expect(annotations.summary).toMatch(/^[A-Z][^{}]+\.$/);
    expect(annotations.description).toContain('{{ $labels.session_id }}');
    expect(annotations.description).toContain('{{ printf "%.1f" $value }} %');
  });

  test('has a runbook that says what it means, does, and needs', () => {
    const runbook = readFileSync(join(runbooks, `${alert}.md`), 'utf8');
    expect(runbook.match(/^#+ .+$/gm)).toEqual([
      `# ${alert}`,
      '## Meaning',
      '## Impact',
      '## Diagnosis',
      '## Mitigation',
    ]);
  });
});
