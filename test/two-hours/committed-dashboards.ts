import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Dashboard, type Question, questionsOf } from '../../scripts/dashboards/questions.ts';

/** A question of one of the dashboards, called by the dashboard and who asks. */
export type Asked = Pick<Question, 'expr' | 'isRange'> & { readonly title: string };

const folder = resolve(import.meta.dirname, '../../dashboards/generated/grafana');

/** Every target, variable and annotation of the dashboards as they are committed. */
export function committedDashboards(): Asked[] {
  return globSync('*.json', { cwd: folder })
    .toSorted()
    .flatMap((file) => {
      const dashboard = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard;
      return questionsOf(dashboard).map(({ asker, expr, isRange }) => ({
        title: `${dashboard.title}: ${asker}`,
        expr,
        isRange,
      }));
    });
}
