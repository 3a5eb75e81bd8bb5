import { cut, printable, widthOf } from '../text/text.ts';

/** The meaning of a segment. Colours show it, and never colours alone. */
export type Tone = 'plain' | 'ok' | 'warning' | 'critical' | 'quiet' | 'strong' | 'selected';

/** A part of a line in one tone. */
export interface Segment {
  readonly text: string;
  readonly tone: Tone;
  /** Whether it is part of the selected row, which keeps its colours. */
  readonly isSelected?: boolean;
  /** The session that a click on it selects. */
  readonly sessionId?: string | undefined;
}

/** One line of the screen. */
export type Line = readonly Segment[];

/** Builds a line, without characters that move the cursor. A string becomes a plain segment. */
export function line(...pieces: readonly (string | Segment)[]): Line {
  return pieces.map((piece) => {
    const { text, tone } = typeof piece === 'string' ? toned('plain', piece) : piece;
    return { text: printable(text), tone };
  });
}

/** Builds a segment. */
export function toned(tone: Tone, text: string): Segment {
  return { text, tone };
}

/** The text of a line. */
export function plainText(pieces: Line): string {
  return pieces.map(({ text }) => text).join('');
}

/** Cuts a line to a width, or pads it with spaces. */
export function fitLine(pieces: Line, width: number): Line {
  const fitted: Segment[] = [];
  let left = width;
  for (const piece of pieces) {
    const short = cut(piece.text, left);
    left -= widthOf(short);
    fitted.push({ ...piece, text: short });
    if (left <= 0) return fitted;
  }
  return [...fitted, { text: ' '.repeat(left), tone: 'plain' }];
}

/** Shows a whole line as selected. */
export function selected(pieces: Line): Line {
  return pieces.map((piece) => ({ ...piece, isSelected: true }));
}

/** Makes clicks on a line select a session. */
export function clickable(pieces: Line, sessionId: string | undefined): Line {
  return pieces.map((piece) => ({ ...piece, sessionId }));
}

/** Merges neighbouring segments of the same tone, because a graph has thousands. */
export function merged(pieces: Line): Line {
  return pieces.reduce<(Segment & { text: string })[]>((all, piece) => {
    const last = all.at(-1);
    if (last?.tone === piece.tone && last.isSelected === piece.isSelected) last.text += piece.text;
    else all.push({ ...piece });
    return all;
  }, []);
}
