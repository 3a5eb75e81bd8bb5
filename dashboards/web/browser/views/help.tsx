import type { RefObject } from 'preact';
import { type KeyMeaning, sharedKeys } from '../../../text/keys.ts';

const { filter, select, open, back, sort, alerts, pause, silence, name, help } = sharedKeys;
const keys: readonly KeyMeaning[] = [
  filter,
  select,
  open,
  back,
  ['s, a', 'all sessions'],
  alerts,
  ['h', 'health'],
  sort,
  pause,
  name,
  silence,
  ['c', 'copy claude --resume'],
  help,
];

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
