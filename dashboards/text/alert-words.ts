/** An alert's name in words: `ContextWindowCritical` becomes `Context window critical`. */
export function alertWords(name: string): string {
  const words = name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
