const widthOfLine = 100;
const indent = '  ';

/** The binary operators that bind equally, the weakest first; each at the beginning of a text. */
const operators = [/^ or /, /^ (and|unless) /, /^ (==|!=|>=|<=|>|<) /, /^ [-+] /, /^ [*/%] /];
/** An operator with what belongs to it, such as `* on (session_id) group_left (state)`. */
const wholeOperator = /^\S+( bool| (on|ignoring|group_left|group_right) \([^)]*\))*/;

/**
 * Breaks an expression of PromQL or MetricsQL into lines that a person can read. Only white space changes.
 *
 * An expression of more than `width` characters breaks before its weakest operators, else inside its last parentheses. It must
 * have one space on each side of a binary operator and after a comma.
 *
 * @param width - least number of characters that break, default 100
 */
export function laidOut(expr: string, width = widthOfLine): string {
  return linesOf(expr, width).join('\n');
}

function linesOf(expr: string, width: number): string[] {
  if (expr.length <= width) return [expr];
  const [first = '', ...others] = termsOf(expr);
  if (others.length === 0) return groupLines(expr, width);
  const head = first.length <= width || isOneTerm(first) ? linesOf(first, width) : indented(first, width);
  return [...head, ...others.flatMap((term) => termLines(term, width))];
}

/** An operator and its operand. An operand that breaks at its own operators is indented, to set them apart. */
function termLines(term: string, width: number): string[] {
  if (term.length <= width) return [term];
  const operator = wholeOperator.exec(term)?.[0] ?? '';
  const operand = term.slice(operator.length + 1);
  if (!isOneTerm(operand)) return [operator, ...indented(operand, width)];
  const [first = '', ...others] = groupLines(operand, width);
  return [`${operator} ${first}`, ...others];
}

/** A call, or a group in parentheses. */
function groupLines(expr: string, width: number): string[] {
  const outer = [...outerPositions(expr)];
  const open = outer.findLast((position) => expr[position] === '(');
  const close = outer.findLast((position) => expr[position] === ')');
  if (open === undefined || close === undefined) return [expr];
  const inside = splitBefore(expr.slice(open + 1, close), /^, /).map((text) => text.replace(/^, /, ''));
  const lines = inside.flatMap((argument, index) =>
    indented(index < inside.length - 1 ? `${argument},` : argument, width),
  );
  return [expr.slice(0, open + 1), ...lines, expr.slice(close)];
}

function indented(expr: string, width: number): string[] {
  return linesOf(expr, width - indent.length).map((line) => indent + line);
}

function isOneTerm(expr: string): boolean {
  return termsOf(expr).length === 1;
}

/** The operands of the weakest operator, all but the first with the operator before them. */
function termsOf(expr: string): string[] {
  for (const operator of operators) {
    const terms = splitBefore(expr, operator);
    if (terms.length > 1) return terms.map((term) => term.trimStart());
  }
  return [expr];
}

function splitBefore(expr: string, separator: RegExp): string[] {
  const cuts = [...outerPositions(expr)].filter((position) => separator.test(expr.slice(position)));
  return [0, ...cuts].map((start, index) => expr.slice(start, cuts[index]));
}

/** The positions outside of strings and of anything in parentheses, braces and brackets; the outermost of these count. */
function* outerPositions(expr: string): Generator<number> {
  let depth = 0;
  // A string, with its escaped quotes, or one character.
  for (const { 0: token, index } of expr.matchAll(/"(?:[^"\\]|\\.)*"|./gs)) {
    if (/^[)}\]]$/.test(token)) depth -= 1;
    if (depth === 0) yield index;
    if (/^[({[]$/.test(token)) depth += 1;
  }
}
