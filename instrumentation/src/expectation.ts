/**
 * Creates a configuration error: it names the option, the rule and the value, with the remedy on a second line.
 *
 * @returns a `RangeError` for a number of the wrong size, a `TypeError` for anything else
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

/**
 * Checks an option.
 *
 * @throws TypeError or RangeError unless the value is a whole number from 1 to 2^53 - 1
 */
export function expectPositiveInteger(option: string, value: unknown, remedy: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw optionError(option, 'a positive integer', value, remedy);
}

/** Formats a value for an error message: up to 64 characters of it, and its type. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
  return `\`${text.slice(0, 64)}\` (${typeof value})`;
}
