import { stringify } from 'yaml';
import { bundleAlerts, watchAlerts } from './bundle-alerts.ts';
import { type Alert, type Rule, ruleOf } from './rule.ts';
import { slowAlerts, urgentAlerts } from './session-alerts.ts';
import { type AlertSettings, alertSettings } from './settings.ts';

/** Rules that vmalert evaluates in order. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly eval_alignment: boolean;
  readonly rules: readonly Rule[];
}

/** Seconds between two evaluations of whether ctxd sees. */
const watchIntervalSeconds = 5;

/** The alerting rules. Urgent rules and slow ones are in separate groups, so that neither waits for the other. */
export function ruleGroups(given: Partial<AlertSettings> = {}): readonly RuleGroup[] {
  const settings = alertSettings(given);
  const { intervalSeconds, slowIntervalSeconds } = settings;
  const group = (name: string, seconds: number, alerts: readonly Alert[]): RuleGroup => ({
    name,
    interval: `${seconds}s`,
    eval_alignment: false,
    rules: alerts.map((alert) => ruleOf(alert, settings)),
  });
  return [
    group('context-window', intervalSeconds, urgentAlerts(settings)),
    group('context-pace', slowIntervalSeconds, slowAlerts(settings)),
    group('bundle', slowIntervalSeconds, bundleAlerts),
    group('watch', watchIntervalSeconds, watchAlerts),
  ];
}

/** The rules as a YAML file for vmalert. */
export function rulesFile(settings: Partial<AlertSettings> = {}): string {
  const header = '# Generated from alerts/rules.ts by `npm run generate`: do not edit.\n';
  return header + stringify({ groups: ruleGroups(settings) }, { lineWidth: 0 });
}
