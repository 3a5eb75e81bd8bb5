import { stringify } from 'yaml';
import { thresholdReached } from '#queries';
import { thresholds, type Threshold } from '#thresholds';

/** Where an alert's links lead, and how often and how far back its rules look. */
export interface RulesConfig {
  /** The dashboard that an alert links to. Default: the overview in the stack's own Grafana. */
  readonly dashboardUrl?: string;
  /** Folder or URL that holds the runbooks. Default: their folder, relative to the repository. */
  readonly runbookBase?: string;
  /** Time between two evaluations, in seconds. Default 1: a crossing is told about 3 s sooner than with 5. */
  readonly intervalSeconds?: number;
  /**
   * How long a usage above a threshold is held, in seconds; default 15. At least the export interval and 5 s. An alert
   * resolves so long after a checkpoint or an end, and a usage that swings around a threshold faster doesn't flap.
   */
  readonly holdSeconds?: number;
}

/** The alerts by name, in the order of their evaluation. */
export const alertNames = {
  critical: 'ContextWindowCritical',
  warning: 'ContextWindowWarning',
} as const satisfies Record<Threshold['severity'], string>;

/** One alerting rule as vmalert reads it. */
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: Threshold['severity'] };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url' | 'dashboard_url', string>>;
}

/** Rules that vmalert evaluates one after the other. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly eval_alignment: boolean;
  readonly rules: readonly Rule[];
}

const defaults: Required<RulesConfig> = {
  dashboardUrl: 'http://127.0.0.1:3000/d/ctxd-context-overview',
  runbookBase: 'alerts/runbooks',
  intervalSeconds: 1,
  holdSeconds: 15,
};

const texts = {
  critical: {
    summary: 'The context window of a session is nearly full.',
    remedy: 'Save a checkpoint or compact it now.',
  },
  warning: {
    summary: 'The context window of a session is filling up.',
    remedy: 'Plan a checkpoint soon.',
  },
} as const satisfies Record<Threshold['severity'], Record<'summary' | 'remedy', string>>;

/**
 * The alerting rules. Critical comes first in its group, so that Alertmanager knows it before the warning that it
 * inhibits.
 */
export function ruleGroups(config: RulesConfig = {}): readonly RuleGroup[] {
  const settings = { ...defaults, ...config };
  return [
    {
      name: 'context-window',
      interval: `${settings.intervalSeconds}s`,
      eval_alignment: false,
      rules: [thresholdRule('critical', settings), thresholdRule('warning', settings)],
    },
  ];
}

/** The rules as the YAML file that vmalert reads. */
export function rulesFile(config: RulesConfig = {}): string {
  const header = '# Generated from alerts/rules.ts by `npm run generate`: do not edit.\n';
  return header + stringify({ groups: ruleGroups(config) }, { lineWidth: 0 });
}

function thresholdRule(severity: Threshold['severity'], settings: Required<RulesConfig>): Rule {
  const alert = alertNames[severity];
  return {
    alert,
    expr: thresholdReached({ severity, windowSeconds: settings.holdSeconds }).expr,
    labels: { severity: thresholds[severity].severity },
    annotations: {
      summary: texts[severity].summary,
      description: `Session {{ $labels.session_id }} reached {{ printf "%.1f" $value }} % of its context window. ${texts[severity].remedy}`,
      ...links(alert, settings),
    },
  };
}

function links(alert: string, { runbookBase, dashboardUrl }: Required<RulesConfig>) {
  return { runbook_url: `${runbookBase}/${alert}.md`, dashboard_url: dashboardUrl };
}
