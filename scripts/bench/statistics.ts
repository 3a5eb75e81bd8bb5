/** The value below which the given share of the numbers lies, interpolated between neighbours; `NaN` of none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle one of the numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** Smallest and largest of the numbers, such as `1.2 … 3.4`. */
export function spread(numbers: readonly number[]): string {
  return `${rounded(Math.min(...numbers))} … ${rounded(Math.max(...numbers))}`;
}

/** A measured number as people read it: three digits, no more than they can trust. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
