import { stringify } from 'yaml';
import { inPrometheus, inPrometheusNames } from '#queries';
import type { RecordingRule, Rule } from './rule.ts';
import { ruleGroups } from './rules.ts';
import type { AlertSettings } from './settings.ts';

/** Metrics of parts that do not run beside a Prometheus: alerts about them would never fire. */
const ofOtherParts = /\b(vm_|vmalert_)\w+/;

interface PrometheusGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (Rule | RecordingRule)[];
}

/** The rules in plain PromQL, without those about VictoriaMetrics and vmalert. */
function prometheusGroups(settings: Partial<AlertSettings>): readonly PrometheusGroup[] {
  return ruleGroups(settings).map(({ name, interval, rules }) => ({
    name: `ctxd-${name}`,
    interval,
    rules: rules
      .map((rule) => ({ ...withOwnTemplates(rule), expr: inPrometheus(rule.expr) }))
      .filter(({ expr }) => !ofOtherParts.test(expr)),
  }));
}

/**
 * Prometheus' templates have another name for the escaping of URLs. They do not know when an alert became active, so links
 * show the dashboard's own time range.
 */
function withOwnTemplates(rule: Rule | RecordingRule): Rule | RecordingRule {
  if (!('alert' in rule)) return rule;
  const { dashboard_url: url } = rule.annotations;
  const timeless = url.replace(/from=\{\{[^}]*\$activeAt[^}]*\}\}&to=now&?/, '');
  const dashboard_url = timeless.replaceAll('queryEscape', 'urlquery');
  const description = inPrometheusNames(rule.annotations.description).replaceAll(
    '$labels.addr',
    '$labels.alertmanager',
  );
  return { ...rule, annotations: { ...rule.annotations, description, dashboard_url } };
}

/** The rules as a file for Prometheus. */
export function prometheusRules(settings: Partial<AlertSettings> = {}): string {
  return stringify({ groups: prometheusGroups(settings) }, { lineWidth: 0 });
}

/** The rules as a PrometheusRule, for the Prometheus operator in Kubernetes. */
export function prometheusRuleResource(settings: Partial<AlertSettings> = {}): string {
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'ctxd', labels: { 'app.kubernetes.io/name': 'ctxd' } },
    spec: { groups: prometheusGroups(settings) },
  };
  return stringify(resource, { lineWidth: 0 });
}
