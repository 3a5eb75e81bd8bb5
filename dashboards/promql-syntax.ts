import { parser } from '@prometheus-io/lezer-promql';

/** Functions of MetricsQL alone, and those of PromQL that are written the same way. What each is for stands where it is used. */
const metricsQl: Readonly<Record<string, string>> = {
  default_rollup: 'last_over_time',
  tlast_change_over_time: 'last_over_time',
  tlast_over_time: 'last_over_time',
};

/** A query as a parser of PromQL reads it: MetricsQL's own functions, and Grafana's variables for a time span, in PromQL's terms. */
export function inPromQl(expr: string): string {
  const filled = expr.replaceAll(/\$__\w+/g, '5m');
  return filled.replaceAll(/\w+(?=\()/g, (name) => metricsQl[name] ?? name);
}

/** Where a query is no PromQL. */
export function syntaxErrors(expr: string): number[] {
  const positions: number[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) positions.push(from);
    },
  });
  return positions;
}
