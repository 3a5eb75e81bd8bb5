import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Dashboard, type Question, questionsOf } from '../../scripts/dashboards/questions.ts';

/** A query of one of the dashboards, titled by the dashboard and its panel, variable or annotation. */
export type Asked = Pick<Question, 'expr' | 'isRange'> & { readonly title: string };

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly range?: boolean;
  readonly format?: string;
  readonly legendFormat?: string;
}

/** The fields of a panel that say what it does with its queries' results. */
export interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly Target[];
  readonly transformations?: readonly { readonly id: string; readonly options: object }[];
  readonly fieldConfig?: {
    readonly overrides: readonly { readonly matcher: { readonly id: string; readonly options: string } }[];
  };
  readonly options?: {
    readonly sortBy?: readonly { readonly displayName: string }[];
    readonly series?: readonly Readonly<
      Record<'x' | 'y', { readonly matcher: { readonly options: string } }>
    >[];
  };
}

interface Committed extends Dashboard {
  readonly panels: readonly (Dashboard['panels'][number] & Panel)[];
}

const folder = resolve(import.meta.dirname, '../../dashboards/generated/grafana');

/** Every target, variable and annotation of the committed dashboards. */
export function committedDashboards(): Asked[] {
  return dashboards().flatMap((dashboard) =>
    questionsOf(dashboard).map(({ asker, expr, isRange }) => ({
      title: `${dashboard.title}: ${asker}`,
      expr,
      isRange,
    })),
  );
}

/** Every panel of the committed dashboards. */
export function committedPanels(): Panel[] {
  return dashboards().flatMap(({ title, panels }) =>
    panels.map((panel) => ({ ...panel, title: `${title}: ${panel.title}` })),
  );
}

function dashboards(): Committed[] {
  const files = globSync('*.json', { cwd: folder }).toSorted();
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Committed);
}
