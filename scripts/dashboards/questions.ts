/** A question that a dashboard asks the store. */
export interface Question {
  /** Who asks it: a panel with the letter of its query, a variable or an annotation. */
  readonly asker: string;
  /** PromQL, with Grafana's variables in it. */
  readonly expr: string;
  /** Over time, rather than once at the end of the time range. */
  readonly isRange: boolean;
  /** Least step of a question over time, such as `5m`. */
  readonly interval?: string | undefined;
  /** The most points of a question over time; as many as the panel is wide when absent. */
  readonly maxDataPoints?: number | undefined;
}

/** The parts of a dashboard's JSON that ask. */
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

/** Every target, variable and annotation of a dashboard. */
export function questionsOf(dashboard: Dashboard): Question[] {
  return [...targets(dashboard), ...variables(dashboard), ...annotations(dashboard)];
}

function targets({ panels }: Dashboard): Question[] {
  return panels.flatMap(({ title, targets: asked = [], interval, maxDataPoints }) =>
    asked.map(({ refId, expr, range: isRange = false }) => ({
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
