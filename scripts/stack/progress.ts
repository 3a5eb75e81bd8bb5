import type { PartName } from '../../compose/parts.ts';
import type { Terminal } from '../reach/surface.ts';

/** Shows the progress of a start. */
export interface Progress {
  /** Sets the state of a part; `done` when it is final. */
  readonly set: (part: PartName, words: string, done?: boolean) => void;
  /** Prints a line that is never redrawn. */
  readonly print: (line: string) => void;
  /** Stops redrawing. */
  readonly close: () => void;
}

/** For pipes and CI: one line per part, once it is done. */
export function plainProgress(print: (line: string) => void): Progress {
  return {
    set: (part, words, done) => {
      if (done) print(`  ${part.padEnd(15)}  ${words}`);
    },
    print,
    close: () => {},
  };
}

/** For terminals: one line per part, redrawn on every change. */
export function liveProgress({ write, columns }: Terminal): Progress {
  const lines = new Map<PartName, string>();
  const done = new Set<PartName>();
  let shown = 0;
  const clear = () => {
    if (shown > 0) write(`\u001B[${shown}A\u001B[J`);
    shown = 0;
  };
  const draw = () => {
    clear();
    for (const [part, words] of lines) {
      write(`${`  ${done.has(part) ? '✔' : '…'} ${part.padEnd(15)}  ${words}`.slice(0, columns - 1)}\n`);
    }
    shown = lines.size;
  };
  const close = () => {
    lines.clear();
    done.clear();
    shown = 0;
  };
  return {
    set: (part, words, isDone) => {
      lines.set(part, words);
      if (isDone) done.add(part);
      draw();
    },
    print: (line) => {
      // When all parts are done, their lines stay above this one.
      if (done.size === lines.size) close();
      clear();
      write(`${line}\n`);
      if (lines.size > 0) draw();
    },
    close,
  };
}
