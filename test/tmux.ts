import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { waitUntil } from '../compose/runtime/health.ts';

const run = promisify(execFile);

/** Whether this machine has tmux: without it a test of the real terminal is skipped. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A real terminal with a shell, in its own tmux server. */
export interface Terminal extends AsyncDisposable {
  /** Presses keys by their tmux names; other text is typed as it is. */
  press(...keys: string[]): Promise<void>;
  /** Types a command line and Enter. */
  enter(command: string): Promise<void>;
  /** The text on the screen; with `escapes`, also its colours. */
  screen(options?: { escapes: boolean }): Promise<string>;
  /** Waits until the screen shows a text, and returns the screen. */
  expectShown(text: string | RegExp, timeoutMillis?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** One of tmux's variables of the pane, such as `alternate_on`. */
  flag(name: string): Promise<string>;
}

interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The shell's prompt. */
const prompt = /^[$#]$/m;

let count = 0;

/** The environment of a person: without `CI`, which Ink obeys, and without settings about colours. */
function personsEnvironment(): NodeJS.ProcessEnv {
  const { CI: _ci, NO_COLOR: _none, FORCE_COLOR: _forced, ...environment } = process.env;
  return environment;
}

/** Opens a terminal with a plain shell. */
export async function openTerminal({ columns, rows, env = {} }: TerminalOptions): Promise<Terminal> {
  const socket = `ctxd-test-${process.pid}-${(count += 1)}`;
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-u', '-L', socket, ...args], { env: personsEnvironment() })).stdout;
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).flatMap(([name, value]) => [
    '-e',
    `${name}=${value}`,
  ]);
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, '/bin/sh');
  // tmux trims the spaces at the end of a line, including the prompt's.
  const screen = async ({ escapes } = { escapes: false }) =>
    await tmux('capture-pane', '-p', ...(escapes ? ['-e'] : []));
  const press = async (...keys: string[]) => void (await tmux('send-keys', ...keys));
  const terminal: Terminal = {
    press,
    screen,
    enter: async (command) => {
      await tmux('send-keys', '-l', command);
      await press('Enter');
    },
    expectShown: async (text, timeoutMillis = 60_000) => {
      let shown = '';
      const appeared = await waitUntil(async () => {
        shown = await screen();
        return typeof text === 'string' ? shown.includes(text) : text.test(shown);
      }, timeoutMillis);
      if (!appeared) throw new Error(`Expected the screen to show ${text}, got\n${shown}`);
      return shown;
    },
    resize: async (width, height) =>
      void (await tmux('resize-window', '-x', String(width), '-y', String(height))),
    flag: async (name) => (await tmux('display-message', '-p', `#{${name}}`)).trim(),
    [Symbol.asyncDispose]: async () => void (await tmux('kill-server')),
  };
  await terminal.expectShown(prompt);
  return terminal;
}
