/**
 * The quantile of a list of numbers, interpolated between neighbours; `NaN` for an empty list.
 *
 * @param share from 0 to 1
 */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The median of a list of numbers; `NaN` for an empty list. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** Formats the smallest and the largest number: `1.2 … 3.4`. */
export function spread(numbers: readonly number[]): string {
  return `${rounded(Math.min(...numbers))} … ${rounded(Math.max(...numbers))}`;
}

/** Formats a measurement with three significant digits; `-` if it is not finite. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
