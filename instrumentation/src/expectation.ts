/** Checks one option by its name, and throws if the value breaks its rule. */
export type OptionCheck = (option: string, value: unknown) => void;

/** The check of each option. */
export type OptionChecks<Options> = Readonly<Record<keyof Options & string, OptionCheck>>;

/**
 * Checks all options of a function or class.
 *
 * @param owner the name of the function or class
 * @returns the options
 * @throws TypeError or RangeError that names the option, the rule and the value; also for an option that does not exist
 */
export function expectOptions<Options extends object>(
  owner: string,
  options: Options | undefined,
  checks: OptionChecks<Options>,
): Options {
  const given: unknown = options ?? {};
  if (typeof given !== 'object') throw optionsError(owner, given);
  for (const [option, value] of Object.entries(given as Options)) {
    if (!Object.hasOwn(checks, option)) throw unknownOption(owner, Object.keys(checks), option, value);
  }
  for (const [option, check] of Object.entries<OptionCheck>(checks)) {
    check(option, (given as Record<string, unknown>)[option]);
  }
  return given as Options;
}

/** A check that lets `undefined` pass. */
export function optional(rule: string, holds: (value: unknown) => boolean, remedy: string): OptionCheck {
  return (option, value) => {
    if (value !== undefined && !holds(value)) throw optionError(option, rule, value, remedy);
  };
}

/** A check for an optional whole number of milliseconds, from 1. */
export const optionalMillis = optional(
  'a positive integer',
  isPositiveInteger,
  'Give milliseconds, such as 3000.',
);

/** A check for an optional number of sessions, from 1. */
export const optionalCount = optional(
  'a positive integer',
  isPositiveInteger,
  'Give a number of sessions, such as 10000.',
);

/** A check for an optional switch. */
export const optionalBoolean = optional(
  'a boolean',
  (value) => typeof value === 'boolean',
  'Give true or false.',
);

/** A check for an optional text that is not empty. */
export const optionalText = optional(
  'a text that is not empty',
  (value) => typeof value === 'string' && value.trim() !== '',
  'Give a text, or leave the option out.',
);

/** A check for an optional function. */
export const optionalFunction = (remedy: string): OptionCheck =>
  optional('a function', (value) => typeof value === 'function', remedy);

/** Whether a value is a whole number from 1 to 2^53 - 1. */
export function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Whether a value is an object. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

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

function optionsError(owner: string, options: unknown): TypeError {
  return new TypeError(`Expected the options of \`${owner}\` to be an object, got ${shown(options)}`);
}

function unknownOption(owner: string, known: readonly string[], option: string, value: unknown): TypeError {
  const similar = known.find((name) => name.slice(0, 4).toLowerCase() === option.slice(0, 4).toLowerCase());
  return new TypeError(
    `Expected \`${option}\` to be an option of \`${owner}\`, one of ${known.join(', ')}, got ${shown(value)}\n` +
      (similar === undefined ? 'Remove it.' : `Did you mean \`${similar}\`?`),
  );
}

/** Formats a value for an error message: up to 64 characters of it, and its type. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
  return `\`${text.slice(0, 64)}\` (${typeof value})`;
}
