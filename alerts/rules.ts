import { stringify } from 'yaml';
import { sparseMetrics } from '#metrics';
import { missingHighUsage, recordedBy } from '#queries';
import { bundleAlerts, watchAlerts } from './bundle-alerts.ts';
import { laidOut } from './expression-layout.ts';
import { type Alert, type RecordingRule, type Rule, ruleOf } from './rule.ts';
import { slowAlerts, urgentAlerts } from './session-alerts.ts';
import { type AlertSettings, alertSettings } from './settings.ts';

/** Rules that vmalert evaluates in order. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly eval_alignment: boolean;
  readonly rules: readonly (Rule | RecordingRule)[];
}

/** Seconds between two evaluations of whether ctxd sees. */
const watchIntervalSeconds = 5;
/** Seconds between two evaluations of the recording rule, which reads every live session: too much for each second. */
const recordingIntervalSeconds = 5;

/** The rules. Urgent rules and slow ones are in separate groups, so that neither waits for the other. */
export function ruleGroups(given: Partial<AlertSettings> = {}): readonly RuleGroup[] {
  const settings = alertSettings(given);
  const { intervalSeconds, slowIntervalSeconds } = settings;
  const group = (name: string, seconds: number, rules: RuleGroup['rules']): RuleGroup => ({
    name,
    interval: `${seconds}s`,
    eval_alignment: false,
    rules,
  });
  const rulesOf = (alerts: readonly Alert[]) => alerts.map((alert) => ruleOf(alert, settings));
  return [
    group('context-window', intervalSeconds, rulesOf(urgentAlerts(settings))),
    group('context-pace', slowIntervalSeconds, rulesOf(slowAlerts(settings))),
    group('bundle', slowIntervalSeconds, rulesOf(bundleAlerts)),
    group('watch', watchIntervalSeconds, rulesOf(watchAlerts)),
    group('high-usage', recordingIntervalSeconds, [highUsageRule(settings)]),
  ];
}

function highUsageRule({ thresholds, holdSeconds: windowSeconds }: AlertSettings): RecordingRule {
  return {
    record: sparseMetrics.highUsage.name,
    expr: laidOut(missingHighUsage({ thresholds, windowSeconds })),
    labels: recordedBy,
  };
}

/** The alerting rules of all groups, or of one. */
export function alertRules(settings: Partial<AlertSettings> = {}, group?: string): readonly Rule[] {
  return ruleGroups(settings)
    .filter(({ name }) => group === undefined || name === group)
    .flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
}

/** The rules as a YAML file for vmalert. */
export function rulesFile(settings: Partial<AlertSettings> = {}): string {
  const header = '# Generated from alerts/rules.ts by `npm run generate`: do not edit.\n';
  return header + stringify({ groups: ruleGroups(settings) }, { lineWidth: 0 });
}
