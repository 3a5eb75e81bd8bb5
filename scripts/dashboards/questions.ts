/** A query that a dashboard sends to the store. */
export interface Question {
  /** Where it comes from: a panel and the letter of its query, a variable or an annotation. */
  readonly asker: string;
  /** PromQL, with Grafana's variables in it. */
  readonly expr: string;
  /** Whether it covers the time range, rather than the end of it. */
  readonly isRange: boolean;
  /** The smallest step of a range query, such as `5m`. */
  readonly interval?: string | undefined;
  /** The most points of a range query. Default: the width of the panel. */
  readonly maxDataPoints?: number | undefined;
}

/** The parts of a dashboard's JSON that contain queries. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly interval?: string;
    readonly maxDataPoints?: number;
    readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly range?: boolean }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
  readonly annotations: {
    readonly list?: readonly { readonly name: string; readonly expr: string; readonly step: string }[];
  };
}

/** The queries of every target, variable and annotation of a dashboard. */
export function questionsOf(dashboard: Dashboard): Question[] {
  return [...targets(dashboard), ...variables(dashboard), ...annotations(dashboard)];
}

function targets({ panels }: Dashboard): Question[] {
  return panels.flatMap(({ title, targets = [], interval, maxDataPoints }) =>
    targets.map(({ refId, expr, range: isRange = false }) => ({
      asker: `${title} ${refId}`,
      expr,
      isRange,
      interval,
      maxDataPoints,
    })),
  );
}

function variables({ templating }: Dashboard): Question[] {
  return templating.list.flatMap(({ name, query }) => {
    const text = typeof query === 'string' ? query : query.query;
    const expr = /^query_result\(([^]*)\)$/.exec(text)?.[1];
    return expr === undefined ? [] : { asker: `variable ${name}`, expr, isRange: false };
  });
}

function annotations({ annotations: { list = [] } }: Dashboard): Question[] {
  return list.map(({ name, expr, step }) => ({
    asker: `annotation ${name}`,
    expr,
    isRange: true,
    interval: step,
  }));
}
