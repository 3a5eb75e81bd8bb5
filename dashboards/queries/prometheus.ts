import { metric } from './names.ts';

/** A query that Prometheus refuses and VictoriaMetrics answers. */
export const metricsQlProbe = 'tlast_over_time(up[1s])';

/**
 * Rewrites a query or a rule in plain PromQL, for Prometheus and for stores that speak its language. VictoriaMetrics takes half
 * the time for its own form.
 *
 * Three differences remain. A session that went silent without an end counts for 5 minutes at most. The time of a sample that is
 * older than 5 minutes is known to within 4 minutes. And a counter that was reset within the range counts from its reset.
 */
export function inPrometheus(expr: string): string {
  const rewritten = Object.entries(rewrites).reduce(
    (text, [name, rewrite]) =>
      text.replaceAll(callOf(name), (_, ...[selector, range, end]: string[]) =>
        rewrite(selector!, range!, end ?? ''),
      ),
    unnumbered(expr)
      .replaceAll(firstTime, 'min_over_time((time() + 0 * $1)$2)')
      .replaceAll(...unescaped),
  );
  return inPrometheusNames(rewritten);
}

/** Replaces the labels and metrics that Prometheus names otherwise, in a query or a template. */
export function inPrometheusNames(text: string): string {
  return Object.entries(names).reduce((replaced, [from, to]) => replaced.replaceAll(from, to), text);
}

/** Prometheus stores a resource's `service.name` as `job`, and has its own count of alerts that it could not send. */
const names: Readonly<Record<string, string>> = {
  service_name: 'job',
  service_instance_id: 'instance',
  vmalert_alerts_send_errors_total: 'prometheus_notifications_errors_total',
};

const selector = String.raw`(?:[A-Za-z_:][\w:]*)?(?:\{(?:[^{}]|\$\{[^{}]*\})*\})?`;

const callOf = (name: string) =>
  new RegExp(String.raw`\b${name}\(\s*(${selector})\[([^\]]+)\](\s*@ end\(\))?\s*\)`, 'g');

const firstTime = /\btfirst_over_time\(\s*(\(.+?\))\s*(\[\w+:\w+\])\s*\)/gs;

/** A dot in an id then stands for any character in a pattern, which matches no other id in practice. */
const unescaped = [
  /label_transform\((.+), "session_id", "\[\.\]", "\[\.\]"\)/gs,
  'label_replace($1, "session_id", "$$1", "session_id", "(.*)")',
] as const;

/**
 * Series that are numbered by their id, one alternative for each number: without the numbers, because PromQL cannot pick a
 * series by its place. Other expressions stay the same.
 */
function unnumbered(expr: string): string {
  if (!expr.startsWith(numbering)) return expr;
  const [numbered = ''] = expr.slice(numbering.length).split(', "session_id")), "session", "1 $1"');
  return numbered;
}

const numbering = 'label_replace(limit_offset(1, 0, sort_by_label(';

/** How far back PromQL looks for the value of a series. */
const lookbackSeconds = 300;

const rewrites: Readonly<Record<string, (selector: string, range: string, end: string) => string>> = {
  default_rollup: (series, range) =>
    secondsOf(range) <= lookbackSeconds ? `(${series} and last_over_time(${series}[${range}]))` : series,
  // At each step, PromQL returns the newest sample of the last 5 minutes.
  tlast_over_time: (series, range, end) =>
    `(timestamp(${series}${end}) or max_over_time(timestamp(${series})[${range}:${secondsOf(range) <= lookbackSeconds ? '5s' : '4m'}]${end}))`,
  tlast_change_over_time: (series, range) =>
    `max_over_time((timestamp(${series}) and ${series} != ${series} offset 1s)[${range}:1s])`,
  ascent_over_time: (series, range) =>
    `sum_over_time(clamp_min(${series} - ${series} offset 5s, 0)[${range}:5s])`,
  // The time of the newest compaction changes with each. `changes` in PromQL does not count the first value.
  changes: (series, range) =>
    series.startsWith(metric.lastCompaction)
      ? `(0 * ${series} + 1 unless ${series} == ${series} offset ${range})`
      : `changes(${series}[${range}])`,
  // Counters are exported from 0 on. PromQL's own `increase` extrapolates, and misses the first crossing.
  increase: (series, range) => {
    const now = range === '$__interval' ? series : `last_over_time(${series}[${range}])`;
    return `clamp_min(${now} - (${series} offset ${range} or 0 * ${now}), 0)`;
  },
};

/** Grafana's variables count as long. */
function secondsOf(range: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(range) ?? [];
  return count === undefined
    ? Infinity
    : Number(count) * { s: 1, m: 60, h: 3_600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd'];
}
