const blocks = '▁▂▃▄▅▆▇█';

/** Draws shares of the window as a row of blocks, newest last. The scale is 0 to 100 % for all sessions. */
export function sparkline(percents: readonly number[], width: number): string {
  return bucketed(percents, width).map(blockOf).join('');
}

/** Reduces values to at most `count`, each the maximum of its bucket, so that peaks stay visible. */
export function bucketed(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * values.length) / count);
    const to = Math.floor(((index + 1) * values.length) / count);
    return Math.max(...values.slice(from, to));
  });
}

function blockOf(percent: number): string {
  const level = Math.floor((percent / 100) * blocks.length);
  return blocks[Math.min(blocks.length - 1, Math.max(0, level))] ?? '';
}
