import { widthOf } from '../../dashboards/text/text.ts';

/** Text of one look, and the column at which it starts. */
interface Piece {
  readonly text: string;
  readonly column: number;
  /** The SGR codes that apply to it, such as 31 for red. */
  readonly codes: ReadonlySet<number>;
}

const cell = { width: 8.4, height: 18 };
const margin = 14;
const colours = { background: '#1b1e24', text: '#d5d9e0' };
/** What the 16-colour codes of the monitor stand for. */
const foregrounds: Readonly<Record<number, string>> = { 31: '#ff6b68', 32: '#7fc97a', 33: '#e8bf5a' };

/** Draws a terminal's screen, with its colours, as an SVG. */
export function screenPicture(screen: string, columns: number): string {
  const rows = screen.trimEnd().split('\n');
  const [width, height] = [columns * cell.width + 2 * margin, rows.length * cell.height + 2 * margin];
  const drawn = rows.flatMap((row, index) => {
    const y = margin + index * cell.height;
    return piecesOf(row).map((piece) => element(piece, y));
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${height}" width="${short(width)}" height="${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${colours.background}"/>`,
    `<g font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${colours.text}">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The text of a picture, row by row. */
export function pictureText(svg: string): string {
  const rows = new Map<number, string>();
  for (const [, x, y, text] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)<\/text>/g)) {
    const column = Math.round((Number(x) - margin) / cell.width);
    const before = rows.get(Number(y)) ?? '';
    rows.set(Number(y), before + ' '.repeat(Math.max(0, column - widthOf(before))) + unescaped(text ?? ''));
  }
  return [...rows.values()].join('\n');
}

function piecesOf(row: string): Piece[] {
  const pieces: Piece[] = [];
  let column = 0;
  let codes = new Set<number>();
  for (const [index, part] of row.split('\u001B[').entries()) {
    const [, sequence = '', text = ''] =
      index === 0 ? [part, '', part] : (/^([\d;]*)m(.*)$/.exec(part) ?? []);
    if (index > 0) codes = applied(codes, sequence);
    if (text !== '') pieces.push({ text, column, codes });
    column += widthOf(text);
  }
  return pieces;
}

/** The codes that still apply after an escape sequence. */
function applied(codes: ReadonlySet<number>, sequence: string): Set<number> {
  const next = new Set(codes);
  for (const code of sequence.split(';').map(Number)) {
    if (code === 0) next.clear();
    else if (code === 22) [1, 2].forEach((ended) => next.delete(ended));
    else if (code === 27) next.delete(7);
    else if (code === 39) Object.keys(foregrounds).forEach((ended) => next.delete(Number(ended)));
    else next.add(code);
  }
  return next;
}

/** Each piece has its own width, so that a font without equally wide block characters shifts nothing. */
function element({ text, column, codes }: Piece, y: number): string {
  const isInverse = codes.has(7);
  if (text.trim() === '' && !isInverse) return '';
  const [x, length] = [short(margin + column * cell.width), short(widthOf(text) * cell.width)];
  const colour = foregrounds[[...codes].find((code) => foregrounds[code] !== undefined) ?? 0];
  const front = isInverse ? colours.background : colour;
  const look = [
    front && `fill="${front}"`,
    codes.has(1) && 'font-weight="bold"',
    codes.has(2) && 'opacity="0.6"',
  ].filter(Boolean);
  const back = `<rect x="${x}" y="${y}" width="${length}" height="${cell.height}" fill="${colour ?? colours.text}"/>`;
  const words = ['<text', `x="${x}"`, `y="${y + 14}"`, `textLength="${length}"`, ...look].join(' ');
  return `${isInverse ? back : ''}${words}>${escaped(text)}</text>`;
}

const short = (number: number) => String(Number(number.toFixed(1)));
/** SVG merges plain spaces. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00A0');
const unescaped = (text: string) =>
  text.replaceAll('\u00A0', ' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
