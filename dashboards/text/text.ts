import stringWidth from 'string-width';

export { printable } from './printable.ts';

const graphemes = new Intl.Segmenter();

/** The width of a text in columns; a wide character takes two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts a text to a width in columns, ending in `…` if anything was cut. */
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

/** Cuts a text to a width in columns, or pads it with spaces: after it by default, before it if aligned right. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + space : space + short;
}

/** Converts a text for a terminal without UTF-8. The width stays the same; a letter without a stand-in becomes `?`. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\n\x20-\x7e]/gu, (letter) => standIns[letter] ?? '?'.repeat(widthOf(letter)));
}

const standIns: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from('╭╮└┘├┤┌┬┴┼', (corner) => [corner, '+'])),
  ...Object.fromEntries(Array.from('▁▂▃▄▅▆▇█', (block, level) => [block, '_.-:=+*#'[level] ?? '#'])),
  '│': '|',
  '┆': ':',
  '░': '.',
  '▒': ':',
  '▓': '%',
  '▶': '>',
  '×': 'x',
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
