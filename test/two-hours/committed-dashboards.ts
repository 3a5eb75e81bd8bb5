import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A question that a dashboard asks. */
export interface Asked {
  readonly title: string;
  readonly expr: string;
  /** Over time, rather than once at the end of the time range. */
  readonly isRange: boolean;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly range?: boolean }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
  readonly annotations: { readonly list?: readonly { readonly name: string; readonly expr: string }[] };
}

const folder = resolve(import.meta.dirname, '../../dashboards/generated/grafana');

/** Every target, variable and annotation of the dashboards as they are committed. */
export function committedDashboards(): Asked[] {
  return globSync('*.json', { cwd: folder })
    .toSorted()
    .flatMap((file) => {
      const dashboard = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard;
      return [...targets(dashboard), ...variables(dashboard), ...annotations(dashboard)].map((asked) => ({
        ...asked,
        title: `${dashboard.title}: ${asked.title}`,
      }));
    });
}

function targets({ panels }: Dashboard): Asked[] {
  return panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, expr, range = false }) => ({
      title: `${panel.title} ${refId}`,
      expr,
      isRange: range,
    })),
  );
}

function variables({ templating }: Dashboard): Asked[] {
  return templating.list.flatMap(({ name, query }) => {
    const text = typeof query === 'string' ? query : query.query;
    const expr = /^query_result\(([^]*)\)$/.exec(text)?.[1];
    return expr === undefined ? [] : { title: `variable ${name}`, expr, isRange: false };
  });
}

function annotations({ annotations: { list = [] } }: Dashboard): Asked[] {
  return list.map(({ name, expr }) => ({ title: `annotation ${name}`, expr, isRange: true }));
}
