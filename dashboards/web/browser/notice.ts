const listeners = new Set<(sentence: string) => void>();

/** Says something to the user: on the screen, and to a screen reader. */
export function announce(sentence: string): void {
  for (const listener of listeners) listener(sentence);
}

/** Calls a listener for each sentence, until what it returns is called. */
export function onNotice(listener: (sentence: string) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
