import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/**
 * Text that a terminal may show: control, format and bidirectional characters and lone surrogates are left out, since names
 * come from outside and could move the cursor or turn the line around.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '');
}

/** Columns that a text takes; a wide character takes two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts a text to a width, with `…` where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Cuts a text to a width and fills what is left with spaces, behind it or before it. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + space : space + short;
}

/** The same text for a terminal without UTF-8, as wide as before: drawings have a stand-in, other letters become `?`. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\n\x20-\x7e]/gu, (letter) => standIns[letter] ?? '?'.repeat(widthOf(letter)));
}

const standIns: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from('╭╮└┘├┤┌┬┴┼', (corner) => [corner, '+'])),
  ...Object.fromEntries(Array.from('▁▂▃▄▅▆▇█', (block, level) => [block, '_.-:=+*#'[level] ?? '#'])),
  '│': '|',
  '─': '-',
  '┄': '.',
  '✓': 'v',
  '✗': 'x',
  '⚠': '!',
  '▸': '>',
  '…': '~',
  '·': '-',
  '–': '-',
  '↑': '^',
  '↓': 'v',
  '→': '>',
};
