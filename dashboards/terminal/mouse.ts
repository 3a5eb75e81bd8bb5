import { useStdin, useStdout } from 'ink';
import { useLayoutEffect, useRef } from 'react';

/** What the mouse did: a click, with its row from 0, or a step of the wheel, as the name of a key. */
type MouseEvent = { readonly row: number } | { readonly key: 'wheelup' | 'wheeldown' };

/** Button events, in the form that has no limit on columns. */
const reports = { on: '\u001B[?1000h\u001B[?1006h', off: '\u001B[?1006l\u001B[?1000l' };

/** Makes the terminal report clicks and the wheel until the screen ends. */
export function useMouse(onEvent: (event: MouseEvent) => void): void {
  const { stdin } = useStdin();
  const { stdout } = useStdout();
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useLayoutEffect(() => {
    const isTerminal = 'isTTY' in stdout && stdout.isTTY;
    // Ink takes the reports off standard input and drops them.
    const read = stdin.read.bind(stdin);
    stdin.read = (size?: number) => {
      const chunk = read(size) as Buffer | string | null;
      for (const event of mouseEventsIn(String(chunk ?? ''))) latest.current(event);
      return chunk as Buffer | string;
    };
    if (isTerminal) stdout.write(reports.on);
    return () => {
      stdin.read = read;
      if (isTerminal) stdout.write(reports.off);
    };
  }, [stdin, stdout]);
}

function mouseEventsIn(input: string): MouseEvent[] {
  return input.split('\u001B').flatMap((text): MouseEvent[] => {
    const [, button, row, action] = /^\[<(\d+);\d+;(\d+)([Mm])/.exec(text) ?? [];
    if (button === '64') return [{ key: 'wheelup' }];
    if (button === '65') return [{ key: 'wheeldown' }];
    return button === '0' && action === 'M' ? [{ row: Number(row) - 1 }] : [];
  });
}
