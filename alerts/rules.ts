import { stringify } from 'yaml';
import { bundleAlerts } from './bundle-alerts.ts';
import { type Alert, type Rule, ruleOf } from './rule.ts';
import { slowAlerts, urgentAlerts } from './session-alerts.ts';
import { type AlertSettings, defaultSettings } from './settings.ts';

/** Rules that vmalert evaluates one after the other. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly eval_alignment: boolean;
  readonly rules: readonly Rule[];
}

/** The alerting rules: what is urgent apart from what takes minutes, so that the one never waits for the other. */
export function ruleGroups(given: Partial<AlertSettings> = {}): readonly RuleGroup[] {
  const settings = { ...defaultSettings, ...given };
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
  ];
}

/** The rules as the YAML file that vmalert reads. */
export function rulesFile(settings: Partial<AlertSettings> = {}): string {
  const header = '# Generated from alerts/rules.ts by `npm run generate`: do not edit.\n';
  return header + stringify({ groups: ruleGroups(settings) }, { lineWidth: 0 });
}
