import { fitLine, type Line, line, toned } from './line.ts';
import { cut, widthOf } from '../text/text.ts';

/** The content of a box: parts separated by lines. */
export interface Box {
  readonly title: string;
  /** Shown right of the title. */
  readonly note: string;
  readonly parts: readonly (readonly Line[])[];
  readonly columns: number;
}

/** Columns that the border of a box takes. */
export const borderColumns = 4;

/** Rows that the borders of a box take, without the title's. */
export function borderRows(partCount: number): number {
  return partCount + 1;
}

/** Draws a box. */
export function box({ title, note, parts, columns }: Box): Line[] {
  const separator = line(toned('quiet', `├${'─'.repeat(columns - 2)}┤`));
  const body = parts.flatMap((lines, index) => {
    const drawn = lines.map((content) => bordered(content, columns));
    return index === 0 ? drawn : [separator, ...drawn];
  });
  return [titleLine(title, note, columns), ...body, line(toned('quiet', `└${'─'.repeat(columns - 2)}┘`))];
}

function bordered(content: Line, columns: number): Line {
  const side = toned('quiet', '│');
  return [side, toned('plain', ' '), ...fitLine(content, columns - borderColumns), toned('plain', ' '), side];
}

function titleLine(title: string, note: string, columns: number): Line {
  const shortTitle = cut(title, columns - 8);
  const room = columns - widthOf(shortTitle) - 8;
  const shortNote = note === '' || room < 4 ? '' : ` ${cut(note, room - 2)} `;
  const rule = '─'.repeat(Math.max(0, columns - widthOf(shortTitle) - widthOf(shortNote) - 6));
  return line(toned('quiet', '╭─ '), toned('strong', shortTitle), toned('quiet', ` ${rule}${shortNote}─╮`));
}
