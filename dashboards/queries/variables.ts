/**
 * Replaces Grafana's variables in an expression by values. The keys include the `$`; where one is the beginning of another,
 * the longer one must come first.
 */
export function withVariables(expr: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}
