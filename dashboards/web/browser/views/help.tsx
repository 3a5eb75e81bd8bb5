import type { RefObject } from 'preact';

const keys = [
  ['/', 'search'],
  ['j k, ↓ ↑', 'select a session (g, G: first, last)'],
  ['Enter', 'open the selected session'],
  ['Esc', 'go back, or clear the search'],
  ['s, a', 'all sessions'],
  ['A', 'alerts'],
  ['h', 'health'],
  ['o', 'sort by the next column'],
  ['p', 'pause or resume'],
  ['n', 'name the session'],
  ['m', 'silence its alerts for an hour, or end the silence'],
  ['c', 'copy claude --resume'],
  ['?', 'this help'],
] as const;

/** The dialog with the keyboard shortcuts. */
export function Help({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
