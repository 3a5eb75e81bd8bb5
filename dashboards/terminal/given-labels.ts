import { type LabelledSession, sessionLabels } from '../text/session-label.ts';

/** Most ended sessions whose labels stay reserved. */
const mostEnded = 1_000;

/** The labels and letters that sessions were given. Neither moves to another session later. */
export class GivenLabels {
  #labels: ReadonlyMap<string, string> = new Map();
  #letters: ReadonlyMap<string, string> = new Map();

  /** Labels all live sessions. */
  give(sessions: readonly LabelledSession[]): void {
    const labels = sessionLabels(sessions, this.#labels);
    const ended = Array.from(this.#labels).filter(([id]) => !labels.has(id));
    this.#labels = new Map([...ended.slice(-mostEnded), ...labels]);
    this.#letters = this.#lettersOf(sessions);
  }

  /** The label of a session. */
  labelOf(id: string): string | undefined {
    return this.#labels.get(id);
  }

  /** The letter of a session without a name or a project: `A` for the first one, `27` after `Z`. */
  letterOf(id: string): string | undefined {
    return this.#letters.get(id);
  }

  #lettersOf(sessions: readonly LabelledSession[]): ReadonlyMap<string, string> {
    const ids = sessions.filter(({ name, project }) => !name && !project).map(({ id }) => id);
    const before = Array.from(this.#letters).filter(([id]) => this.#labels.has(id));
    const taken = new Set(before.map(([, letter]) => letter));
    const letters = new Map(before);
    let place = 0;
    for (const id of ids) {
      if (letters.has(id)) continue;
      while (taken.has(letterAt(place))) place += 1;
      taken.add(letterAt(place));
      letters.set(id, letterAt(place));
    }
    return letters;
  }
}

function letterAt(place: number): string {
  return place < 26 ? String.fromCodePoint(65 + place) : String(place + 1);
}
