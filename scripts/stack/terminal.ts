import { createInterface } from 'node:readline/promises';
import { main } from './main.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // More than once is no more than once: npm hands on what the terminal has already told everyone.
  process.on(signal, () => interrupt.abort(new Error(signal)));
}

const { stdout, stdin } = process;
const columns = stdout.columns || 80;

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  signal: interrupt.signal,
  terminal: stdout.isTTY ? { write: (text) => void stdout.write(text), columns } : undefined,
  confirm: stdin.isTTY && stdout.isTTY ? confirm : undefined,
});

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  terminal.on('SIGINT', () => interrupt.abort(new Error('SIGINT')));
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: interrupt.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
