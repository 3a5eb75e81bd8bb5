/** The actions of the keyboard shortcuts. */
export interface KeyActions {
  readonly search: () => void;
  readonly select: (step: number) => void;
  readonly open: () => void;
  readonly back: () => void;
  readonly go: (address: string) => void;
  readonly sort: () => void;
  readonly pause: () => void;
  readonly name: () => void;
  readonly silence: () => void;
  readonly copy: () => void;
  readonly help: () => void;
}

/** Runs the shortcut for a key. Ignores keys that a text field, a button or the browser handles. */
export function press(event: KeyboardEvent, actions: KeyActions): void {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null)
    return;
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  const isTyping = target?.matches('input:not([type="range"]), textarea, select') ?? false;
  if (event.key === 'Escape') {
    target?.blur();
    return actions.back();
  }
  if (isTyping) return;
  if (event.key === 'Enter') {
    if (target?.matches('a, button, input') !== true) actions.open();
    return;
  }
  const act = acts[event.key];
  if (act === undefined || (event.key.startsWith('Arrow') && target?.matches('input') === true)) return;
  event.preventDefault();
  act(actions);
}

const acts: Readonly<Record<string, (actions: KeyActions) => void>> = {
  '/': ({ search }) => search(),
  j: ({ select }) => select(1),
  k: ({ select }) => select(-1),
  ArrowDown: ({ select }) => select(1),
  ArrowUp: ({ select }) => select(-1),
  g: ({ select }) => select(-Infinity),
  G: ({ select }) => select(Infinity),
  s: ({ go }) => go('#/'),
  a: ({ go }) => go('#/'),
  A: ({ go }) => go('#/alerts'),
  h: ({ go }) => go('#/health'),
  o: ({ sort }) => sort(),
  p: ({ pause }) => pause(),
  n: ({ name }) => name(),
  m: ({ silence }) => silence(),
  c: ({ copy }) => copy(),
  '?': ({ help }) => help(),
};
