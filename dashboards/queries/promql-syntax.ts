import { parser } from '@prometheus-io/lezer-promql';

/** Functions that only MetricsQL has, and PromQL functions of the same form. Each is explained where it is used. */
const metricsQl: Readonly<Record<string, string>> = {
  ascent_over_time: 'last_over_time',
  default_rollup: 'last_over_time',
  label_transform: 'label_replace',
  limit_offset: 'label_replace',
  tfirst_over_time: 'last_over_time',
  tlast_change_over_time: 'last_over_time',
  tlast_over_time: 'last_over_time',
};

/** Rewrites an expression so that a PromQL parser can read it: replaces MetricsQL's functions and Grafana's time spans. */
export function inPromQl(expr: string): string {
  const filled = expr.replaceAll('${of:raw}', '').replaceAll(/\$__\w+/g, '5m');
  return filled.replaceAll(/\w+(?=\()/g, (name) => metricsQl[name] ?? name);
}

/** The positions at which an expression is not PromQL. */
export function syntaxErrors(expr: string): number[] {
  const positions: number[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) positions.push(from);
    },
  });
  return positions;
}
