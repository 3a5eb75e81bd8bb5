import { box } from './box.ts';
import { fitLine, type Line, line, toned } from './line.ts';
import type { ViewName } from './monitor-state.ts';
import type { Scene } from './scene.ts';
import { percentShown } from '../text/quantity.ts';
import { marks } from './severity.ts';
import { fit } from '../text/text.ts';
import { aggregateView } from './views/aggregate.ts';
import { alertsView } from './views/alerts.ts';
import { noteText } from './views/health.ts';
import { helpView } from './views/help.ts';
import { detailView } from './views/session-detail.ts';
import { sessionsView } from './views/sessions.ts';

const views: Readonly<Record<ViewName, (scene: Scene) => Line[][]>> = {
  aggregate: aggregateView,
  sessions: sessionsView,
  detail: detailView,
  alerts: alertsView,
  help: helpView,
};

/** A smaller screen has no room for a box. */
const smallest = { columns: 40, rows: 12 };

/** Draws the whole screen: the view in a box, and the keys below it. Never wider or higher than the screen. */
export function frame(scene: Scene): Line[] {
  const { columns, rows } = scene.size;
  if (columns < smallest.columns || rows < smallest.rows) return tinyFrame(scene);
  const parts = views[scene.state.view](scene);
  const boxed = box({ title: 'contextd Monitor', note: noteText(scene), parts, columns });
  return [...clipped(boxed, rows - 1), fitLine(footer(scene), columns)];
}

/** Removes lines above the bottom border if a view is too high. */
function clipped(boxed: readonly Line[], rows: number): Line[] {
  return boxed.length <= rows ? [...boxed] : [...boxed.slice(0, rows - 1), ...boxed.slice(-1)];
}

function tinyFrame({ model, size: { columns, rows } }: Scene): Line[] {
  const title = line(toned('strong', `${model.sessions.length} sessions`));
  const sessions = model.sessions.map(({ severity, usagePercent, label }) =>
    line(toned(severity, `${marks[severity]} ${fit(percentShown(usagePercent), 6, 'right')} `), label),
  );
  return [title, ...sessions].slice(0, rows).map((row) => fitLine(row, columns));
}

const prompts = { filter: 'Filter: ', name: 'New name: ', columns: 'Columns: ' } as const;

function footer({ state, intervalSeconds, size }: Scene): Line {
  if (state.prompt !== undefined) {
    return line(toned('strong', prompts[state.prompt.kind]), state.prompt.text, toned('selected', ' '));
  }
  if (state.notice !== undefined) return line(toned('warning', state.notice));
  const more = size.columns >= 104 ? '  [A] alerts  [enter] details  [/] filter  [?] help' : '  [?] help';
  const auto = state.isPaused ? 'Paused' : `Auto: ${intervalSeconds}s`;
  const keys = '[q] quit  [r] refresh  [s] sessions  [a] aggregate';
  return size.columns < 74
    ? line(`${keys}  ${auto}`.slice(0, size.columns))
    : line(`${keys}${more}  ${auto}`);
}
