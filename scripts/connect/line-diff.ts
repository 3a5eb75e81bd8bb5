/**
 * A line diff of two texts: `-` marks a removed line, `+` an added one.
 *
 * @param context - number of unchanged lines to show before and after each change.
 */
export function lineDiff(before: string, after: string, context = 2): string[] {
  const lines = markedLines(linesOf(before), linesOf(after));
  const isShown = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(isChange),
  );
  return lines.flatMap((line, at) => {
    if (isShown[at]) return [line];
    return isShown[at - 1] || (at === 0 && isShown.includes(true)) ? ['  …'] : [];
  });
}

const linesOf = (text: string) => (text === '' ? [] : text.split(/\r?\n/));

const isChange = (line: string) => !line.startsWith(' ');

function markedLines(before: readonly string[], after: readonly string[]): string[] {
  const longest = commonLengths(before, after);
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    if (before[row] === after[column] && row < before.length) {
      lines.push(`  ${before[row]}`);
      row += 1;
      column += 1;
    } else if (row < before.length && longest(row + 1, column) >= longest(row, column + 1)) {
      lines.push(`- ${before[row]}`);
      row += 1;
    } else {
      lines.push(`+ ${after[column]}`);
      column += 1;
    }
  }
  return lines;
}

/** Returns the length of the longest common subsequence of `before` from a row on and `after` from a column on. */
function commonLengths(before: readonly string[], after: readonly string[]) {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const length = (row: number, column: number) =>
    column < width ? (lengths[row * width + column] ?? 0) : -1;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column];
      lengths[row * width + column] = isSame
        ? length(row + 1, column + 1) + 1
        : Math.max(length(row + 1, column), length(row, column + 1));
    }
  }
  return length;
}
