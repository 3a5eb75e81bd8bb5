import { cut, widthOf } from '../text/text.ts';

/** What a piece of a line means; the terminal's colours say it, never alone. */
export type Tone = 'plain' | 'ok' | 'warning' | 'critical' | 'quiet' | 'strong' | 'selected';

/** A piece of a line in one tone. */
export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen. */
export type Line = readonly Segment[];

/** A line of pieces; a text alone is plain. */
export function line(...pieces: readonly (string | Segment)[]): Line {
  return pieces.map((piece) => (typeof piece === 'string' ? { text: piece, tone: 'plain' } : piece));
}

/** A piece of a line in a tone. */
export function toned(tone: Tone, text: string): Segment {
  return { text, tone };
}

/** What a line says without its tones. */
export function plainText(pieces: Line): string {
  return pieces.map(({ text }) => text).join('');
}

/** Cuts a line to a width and fills it up with spaces. */
export function fitLine(pieces: Line, width: number): Line {
  const fitted: Segment[] = [];
  let left = width;
  for (const { text, tone } of pieces) {
    const short = cut(text, left);
    left -= widthOf(short);
    fitted.push({ text: short, tone });
    if (left <= 0) return fitted;
  }
  return [...fitted, { text: ' '.repeat(left), tone: 'plain' }];
}

/** The whole line in the tone of a selection. */
export function selected(pieces: Line): Line {
  return pieces.map(({ text }) => ({ text, tone: 'selected' }));
}

/** Neighbours of the same tone as one piece: a graph has thousands. */
export function merged(pieces: Line): Line {
  return pieces.reduce<{ text: string; tone: Tone }[]>((all, { text, tone }) => {
    const last = all.at(-1);
    if (last?.tone === tone) last.text += text;
    else all.push({ text, tone });
    return all;
  }, []);
}
