import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { prometheusRuleResource, prometheusRules } from './prometheus-rules.ts';

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert?: string; readonly expr: string }[];
  }[];
}

const rules = parse(prometheusRules()) as Rules;
const alerts = rules.groups.flatMap((group) => group.rules.flatMap(({ alert }) => alert ?? []));

test('rules for Prometheus have the alerts of sessions, and none about VictoriaMetrics and vmalert', () => {
  expect(alerts).toEqual(expect.arrayContaining(['ContextWindowCritical', 'CheckpointOverdue', 'CtxdBlind']));
  expect(alerts.filter((name) => /Storage|Disk|Series|RulesFailing/.test(name))).toEqual([]);
});

test('a PrometheusRule has the same groups', () => {
  const { kind, spec } = parse(prometheusRuleResource()) as { kind: string; spec: Rules };
  expect([kind, spec]).toEqual(['PrometheusRule', rules]);
});
