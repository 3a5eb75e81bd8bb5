/** Puts values in the place of Grafana's variables, by their names with the `$`; a name that another begins with comes after it. */
export function withVariables(expr: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}
