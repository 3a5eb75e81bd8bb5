/** Shows on standard error how far an export is. */
export interface Progress extends Disposable {
  readonly show: (rows: number) => void;
  readonly end: (summary: string) => void;
}

const betweenMillis = 500;

/** In a terminal, shows the number of rows twice a second; anywhere else, only the summary at the end. */
export function progressTo(stream: NodeJS.WriteStream): Progress {
  let lastMillis = performance.now();
  let isDirty = false;
  const clear = () => {
    if (isDirty) stream.write('\r\u001B[K');
    isDirty = false;
  };
  return {
    show: (rows) => {
      if (!stream.isTTY || performance.now() - lastMillis < betweenMillis) return;
      lastMillis = performance.now();
      isDirty = true;
      stream.write(`\r${rows.toLocaleString('en-US')} rows`);
    },
    end: (summary) => {
      clear();
      stream.write(`${summary}\n`);
    },
    [Symbol.dispose]: clear,
  };
}
