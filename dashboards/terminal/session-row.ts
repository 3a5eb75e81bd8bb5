import { fit, widthOf } from '../text/text.ts';
import { percentShown } from '../text/quantity.ts';
import { clickable, type Line, line, selected, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import type { Scene } from './scene.ts';
import { type ColumnName, columnNamed, columnNames } from './session-columns.ts';
import { marks } from './severity.ts';
import { usageBar } from './usage-bar.ts';

/** The widths of the columns, and which of them fit. */
export interface RowLayout {
  readonly label: number;
  readonly bar: number;
  readonly columns: readonly { readonly name: ColumnName; readonly width: number }[];
}

/** The mark of the selection, the state, the gap after the label, and the share in use. */
const fixedColumns = 1 + 2 + 1 + 7;
const labelWidths = { least: 12, wanted: 20, most: 40 };
const barWidths = { least: 8, most: 30 };
const gap = 2;

/** Lays out the rows of sessions for a width. Columns that no session fills are left out. */
export function rowLayout({ model: { sessions }, listed, state }: Scene, width: number): RowLayout {
  let room = width - fixedColumns - labelWidths.least - barWidths.least;
  const longest = listed.reduce((most, { label }) => Math.max(most, widthOf(label)), 0);
  const take = (wanted: number) => {
    const taken = Math.max(0, Math.min(wanted, room));
    room -= taken;
    return taken;
  };
  const first = take(Math.min(longest, labelWidths.wanted) - labelWidths.least);
  const names = (state.columns ?? columnNames).filter((name) => {
    const { width: needed, isKnown } = columnNamed(name);
    if (isKnown !== undefined && !sessions.some(isKnown)) return false;
    if (needed + gap > room) return false;
    room -= needed + gap;
    return true;
  });
  const label = labelWidths.least + first;
  return {
    label: label + take(Math.min(longest, labelWidths.most) - label),
    bar: barWidths.least + take(barWidths.most - barWidths.least),
    columns: names.map((name) => ({ name, width: columnNamed(name).width })),
  };
}

/** The headings of the rows. */
export function rowHeading({ label, bar, columns }: RowLayout): Line {
  const more = columns.map(({ name, width }) => {
    const { heading, align } = columnNamed(name);
    return ' '.repeat(gap) + fit(heading, width, align);
  });
  return line(toned('strong', `   ${fit('SESSION', label + 1)}${fit('USED', bar + 7)}${more.join('')}`));
}

/** One session in one row; the selected one keeps its colours. */
export function sessionRow(scene: Scene, session: MonitorSession, layout: RowLayout): Line {
  const { severity, label, usagePercent, id } = session;
  const isSelected = id === scene.state.selectedId;
  const cells = layout.columns.flatMap(({ name, width }) => {
    const column = columnNamed(name);
    const context = { trend: scene.trends.get(id), nowMillis: scene.nowMillis, width };
    const { text, tone } = column.cell(session, context);
    return [toned('plain', ' '.repeat(gap)), toned(tone, fit(text, width, column.align))];
  });
  const row: Line = [
    toned('plain', isSelected ? '▸' : ' '),
    toned(severity, `${marks[severity]} `),
    toned(isSelected ? 'strong' : 'plain', `${fit(label, layout.label)} `),
    ...usageBar(session, scene.thresholds, layout.bar),
    toned(severity, fit(percentShown(usagePercent), 7, 'right')),
    ...cells,
  ];
  return clickable(isSelected ? selected(row) : row, id);
}

/** The rows from the list that fit, among them the selected one. */
export function visibleRows<Row extends { readonly id: string }>(
  listed: readonly Row[],
  selectedId: string | undefined,
  rows: number,
): readonly Row[] {
  const index = listed.findIndex(({ id }) => id === selectedId);
  const first = Math.min(Math.max(0, index - Math.floor(rows / 2)), Math.max(0, listed.length - rows));
  return listed.slice(first, first + rows);
}
