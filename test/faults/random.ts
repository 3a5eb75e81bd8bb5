/** Random numbers that a seed repeats, so that a run can be repeated. */
export interface Random {
  /** An integer from `least` to `most`, both included. */
  readonly between: (least: number, most: number) => number;
  /** The same items in another order. */
  readonly shuffled: <Item>(items: readonly Item[]) => Item[];
}

/** Creates the random numbers of a seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    shuffled: (items) => {
      const left = [...items];
      return items.map(() => left.splice(between(0, left.length - 1), 1)[0]!);
    },
  };
}
