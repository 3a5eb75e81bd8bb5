/** One question put to VictoriaMetrics. Dashboards, alerts, the terminal and the tests all read these. */
export interface Query {
  /** kebab-case, unique. */
  readonly name: string;
  /** PromQL. */
  readonly expr: string;
  /** Grafana's unit id of the answer. */
  readonly unit: string;
  /** Legend template, `{{label}}` for a label's value; empty for a single value. */
  readonly legend: string;
  /** One sentence: what the answer means. */
  readonly meaning: string;
}
