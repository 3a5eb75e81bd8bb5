const listeners = new Set<(sentence: string) => void>();

/** Shows a message on the screen and announces it to screen readers. */
export function announce(sentence: string): void {
  for (const listener of listeners) listener(sentence);
}

/** Calls a listener for each message. Returns a function that stops it. */
export function onNotice(listener: (sentence: string) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
