/** The name that a mistyped word most likely means: one with at most one edit per three characters, else nothing. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: editsBetween(word, name) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(word.length, best.name.length) / 3
    ? best.name
    : undefined;
}

/** `Did you mean monitor?`, or nothing when no name is close. */
export function didYouMean(word: string, names: readonly string[]): string | undefined {
  const name = nearest(word, names);
  return name === undefined ? undefined : `Did you mean ${name}?`;
}

/** The fewest characters to insert, delete or replace, or neighbours to swap (optimal string alignment distance). */
function editsBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 1; index <= from.length; index += 1) {
    const next = [index];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = row[column - 1]! + (from[index - 1] === to[column - 1] ? 0 : 1);
      const isSwap = from[index - 1] === to[column - 2] && from[index - 2] === to[column - 1];
      const swapped = isSwap ? before[column - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, swapped, row[column]! + 1, next[column - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
