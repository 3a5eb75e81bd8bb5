import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertNames } from '#queries';
import { alertRules, ruleGroups, rulesFile } from './rules.ts';

const runbooks = join(import.meta.dirname, 'runbooks');
const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
const rules = alertRules();

test('critical is evaluated first, and the alerts that it inhibits resolve after it', () => {
  for (const intervalSeconds of [1, 60]) {
    const [critical, ...lesser] = alertRules({ intervalSeconds, holdSeconds: 65 }, 'context-window');
    expect(critical?.alert).toBe(alertNames.critical);
    expect(lesser.map(({ alert }) => alert)).toEqual([alertNames.compaction, alertNames.warning]);
    const ends = lesser.map((rule) => seconds(rule.keep_firing_for) - seconds(critical?.keep_firing_for));
    expect(Math.min(...ends)).toBeGreaterThan(2 * intervalSeconds);
  }
});

test('no lesser alert starts while a more severe one fires', () => {
  const fired = (name: string) =>
    `unless max by (session_id) (default_rollup(ALERTS{alertname="${name}", alertstate="firing"}[70s]))`;
  const lesser = Object.values(alertNames).filter((name) => name !== alertNames.critical);
  const unbroken = (text = '') => text.replaceAll(/\s/g, '');
  for (const name of lesser) {
    const { expr } = rules.find(({ alert }) => alert === name) ?? {};
    expect(unbroken(expr)).toContain(unbroken(fired(name)));
  }
});

test('the file says that it is generated, and contains the groups', () => {
  expect(rulesFile()).toMatch(/^# Generated from alerts\/rules\.ts by `npm run generate`: do not edit\.\n/);
  expect(parse(rulesFile())).toEqual({ groups: ruleGroups() });
});

test('links and times are those of the settings', () => {
  const settings = {
    grafanaUrl: 'https://grafana.example',
    runbookBase: 'https://example.com/runbooks',
    intervalSeconds: 5,
    holdSeconds: 65,
  };
  expect(ruleGroups(settings)[0]?.interval).toBe('5s');
  const [rule] = alertRules(settings);
  expect(rule?.expr).toContain('[65s]');
  expect(rule?.annotations).toMatchObject({
    runbook_url: 'https://example.com/runbooks/ContextWindowCritical.md',
    dashboard_url: expect.stringMatching(
      /^https:\/\/grafana\.example\/d\/ctxd-session-detail\?from=.*&to=now&var-session=/,
    ),
  });
});

test('every alert has a runbook, and every runbook an alert', () => {
  // The supervisor sends CtxdPartDown.
  const names = [...rules.map(({ alert }) => alert), 'CtxdPartDown'].map((alert) => `${alert}.md`);
  expect(readdirSync(runbooks).toSorted()).toEqual(names.toSorted());
});

test('runbooks link to runbooks that exist', () => {
  const all = readdirSync(runbooks).map((file) => readFileSync(join(runbooks, file), 'utf8'));
  const links = all.flatMap((text) => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link));
  expect(links).not.toEqual([]);
  expect(readdirSync(runbooks)).toEqual(expect.arrayContaining(links));
});

describe.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (alert, { annotations, expr }) => {
  test('has a static summary, and a description with the session and the number', () => {
    expect(annotations.summary).toMatch(/^[A-Z][^{}]+\.$/);
    expect(annotations.description).toMatch(/\.$/);
    if (expr.includes('session_id')) {
      expect(annotations.description).toContain('$labels.session_id');
      expect(annotations.description).toMatch(/\{\{ printf "%\.[01]f" \$value \}\}/);
    }
  });

  test('has a runbook with its meaning, impact, diagnosis and mitigation', () => {
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
