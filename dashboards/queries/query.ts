/** One query to VictoriaMetrics. Dashboards, alerts, the terminal and the tests all use these. */
export interface Query {
  /** Unique, in kebab-case. */
  readonly name: string;
  /** PromQL, or MetricsQL where a comment says so. */
  readonly expr: string;
  /** Grafana's id of the result's unit. */
  readonly unit: string;
  /** Legend template, `{{label}}` for a label's value; empty for a single value. */
  readonly legend: string;
  /** One sentence: what the result means. */
  readonly meaning: string;
}

/** A query as a table lists it: its name is made from its key. */
export interface QueryRow extends Pick<Query, 'expr' | 'meaning'> {
  /** Default `short`. */
  readonly unit?: string;
  /** Default: the table's legend. */
  readonly legend?: string;
}

interface TableOptions {
  /** Legend of the rows that have none of their own. Default: empty. */
  readonly legend?: string;
  /** Makes a query's name from its key in kebab-case. Default: the key itself. */
  readonly nameOf?: (key: string) => string;
}

/** Makes queries from rows: `activeSessions` is named `active-sessions`. */
export function queryTable<Key extends string>(
  rows: Readonly<Record<Key, QueryRow>>,
  { legend = '', nameOf = (key) => key }: TableOptions = {},
): Readonly<Record<Key, Query>> {
  const entries = Object.entries<QueryRow>(rows).map(([key, row]) => [
    key,
    { name: nameOf(kebabCase(key)), unit: 'short', legend, ...row },
  ]);
  return Object.fromEntries(entries) as Record<Key, Query>;
}

function kebabCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
