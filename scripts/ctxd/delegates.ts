import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { OnExit } from './program.ts';

/** The commands that are programs of their own: `ctxd stack up` is `npm run stack:up`. */
const delegates = {
  stack: 'Start, stop or look at the stack: up, down, status.',
  connect: 'Let Claude Code report its sessions to the stack.',
  disconnect: "Put Claude Code's settings back as they were.",
  doctor: 'Tell which reports arrive, and what to do about those that do not.',
  alerts: 'List the alerts, silence them, send one on trial.',
  demo: 'Play eight real MCP sessions.',
} as const;

const scripts = join(import.meta.dirname, '..');

/** Adds the commands that hand all their arguments on. */
export function addDelegates(program: Command, onExit: OnExit): void {
  for (const [name, description] of Object.entries(delegates)) {
    if (!existsSync(scriptOf(name))) continue;
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .argument('[arguments...]')
      .action(async (args: string[]) => onExit(await runScript(name, args)));
  }
}

function scriptOf(name: string): string {
  const moved: Record<string, string> = { stack: 'stack/terminal.ts', demo: 'demo/main.ts' };
  return join(scripts, moved[name] ?? `${name}.ts`);
}

/** Runs a script in the foreground and gives its exit status, as a shell does for one that a signal ended. */
function runScript(name: string, args: readonly string[]): Promise<number> {
  const node = ['--conditions=@koa-context-window/source', scriptOf(name), ...args];
  const child = spawn(process.execPath, node, { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Ctrl-C reaches both: the script ends in order, and this waits for it.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  child.on('error', reject);
  child.on('close', (code, signal) => {
    process.off('SIGINT', wait).off('SIGTERM', pass);
    resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
  });
  return promise;
}
