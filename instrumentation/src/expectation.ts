/**
 * The one shape of a configuration error: name, rule, value, and the remedy on a second line.
 *
 * @returns a `TypeError` when the value has the wrong type, a `RangeError` when it has the wrong size.
 */
export function optionError(
  option: string,
  rule: string,
  value: unknown,
  remedy: string,
): TypeError | RangeError {
  const message = `Expected the \`${option}\` option to be ${rule}, got ${shown(value)}\n${remedy}`;
  return typeof value === 'number' && !Number.isNaN(value) ? new RangeError(message) : new TypeError(message);
}

/** Throws unless the option is a whole number from `least` to 2^53 - 1. */
export function expectPositiveInteger(option: string, value: unknown, remedy: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw optionError(option, 'a positive integer', value, remedy);
}

/** A value as an error shows it: what it is and of which type, cut at 64 characters. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
  return `\`${text.slice(0, 64)}\` (${typeof value})`;
}
