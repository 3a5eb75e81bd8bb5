import completion from '@bomb.sh/tab/commander';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { addOwnCommands } from './own-commands.ts';
import { exportColumnsHelp } from './export-help.ts';
import type * as sessionCommands from './session-commands.ts';

type SessionCommands = typeof sessionCommands;

/** Runs a command line that commander parses, and returns its exit status. */
export async function runProgram(args: readonly string[], surface: Surface): Promise<number> {
  // A reader that has seen enough, such as `head`, is not a failure.
  surface.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  let exitCode: number = exitCodes.ok;
  const program = ctxdProgram(surface, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw error;
  }
}

/** Loads the session commands, runs one, and passes on its exit status. */
type Action = (run: (commands: SessionCommands) => Promise<number | void>) => Promise<void>;

function ctxdProgram(surface: Surface, onExit: (exitCode: number) => void): Command {
  const program = new Command('ctxd')
    .description('Shows the context window of every Claude Code session, and alerts you before it compacts.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surface.stdout.write(text),
      writeErr: (text) => surface.stderr.write(text),
    })
    .showHelpAfterError('See ctxd --help')
    .option('-v, --version', 'print the version')
    .addHelpText('after', examples)
    .commandsGroup('Sessions:');
  const action: Action = async (run) =>
    onExit((await run(await import('./session-commands.ts'))) ?? exitCodes.ok);
  addMonitor(program, surface, action);
  addLists(program, surface, action);
  addExport(program, surface, action);
  addPast(program, surface, action);
  addOwnCommands(program);
  program.commandsGroup('Other:').helpCommand('help [command]', 'Shows the help of a command.');
  completion(program, { completionCommandName: 'completion' });
  const added = program.commands.find((command) => command.name() === 'completion');
  added?.description('Prints a script that completes commands, options and choices.');
  return program;
}

const examples = `
Examples:
  $ ctxd up                               starts the stack
  $ ctxd monitor                          all live sessions on the screen
  $ ctxd monitor --once --json | jq .     the same, once, for a script
  $ ctxd sessions --all --since 7d        past sessions, too
  $ ctxd export --since 24h > day.csv     one row per session
  $ ctxd replay 3f2a --speed 60           a past session, one hour per minute
  $ eval "$(ctxd completion bash)"        completion, also for zsh, fish and powershell

Settings come from the environment and from ctxd.env; see docs/settings.md.
Exit status: 0 ok, 1 failure, 2 usage; ctxd stack --help lists those of the stack.`;

function addMonitor(program: Command, surface: Surface, action: Action): void {
  withConnection(program.command('monitor'))
    .description('Shows all live sessions on the screen. In a pipe: plain lines.')
    .option('-i, --interval <seconds>', 'how often to refresh, 1 to 3600', intervalFrom, 5)
    .option('--once', 'print one screen and exit')
    .option('--json', 'print JSON: one line per refresh, or one object with --once')
    .option('--ascii', 'only ASCII characters; the default unless the locale is UTF-8')
    .addHelpText(
      'after',
      `
Keys: ? lists them.

Examples:
  $ ctxd monitor --interval 2
  $ ctxd monitor --url https://metrics.example.org --token-file ~/.metrics-token
  $ ctxd monitor --once > now.txt`,
    )
    .action(async (options: sessionCommands.MonitorCommandOptions) =>
      action(async ({ monitor }) => await monitor(surface, options)),
    );
}

function addLists(program: Command, surface: Surface, action: Action): void {
  withTime(withConnection(program.command('sessions')))
    .description('Lists the live sessions, or with --all past ones, too.')
    .option('-a, --all', 'past sessions, too')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ ctxd sessions
  $ ctxd sessions --all --since 2026-11-20 --until 2026-11-21`,
    )
    .action(async (options: sessionCommands.SessionsOptions) =>
      action(async ({ sessions }) => await sessions(surface, options)),
    );
  withTime(withConnection(program.command('show')), '30d')
    .description('Shows one session: its usage over time, its checkpoints and its states.')
    .argument('<session>', sessionMeaning)
    .option('--json', 'as JSON')
    .option('--ascii', 'only ASCII characters')
    .addHelpText('after', '\nExample:\n  $ ctxd show 3f2a')
    .action(async (session: string, options: sessionCommands.ShowOptions) =>
      action(async ({ show }) => await show(surface, session, options)),
    );
  withConnection(program.command('name'))
    .description('Names a live session.')
    .argument('<session>', sessionMeaning)
    .argument('<name>', 'its new name')
    .addHelpText('after', '\nExample:\n  $ ctxd name 3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11 "fix the login"')
    .action(async (session: string, newName: string, options) =>
      action(async ({ name }) => await name(surface, session, newName, options)),
    );
}

const sessionMeaning = 'its id, the first characters of the id, or its name';

function addExport(program: Command, surface: Surface, action: Action): void {
  withTime(withConnection(program.command('export')), '24h')
    .description('Writes sessions or their samples as CSV or JSON lines.')
    .argument('[sessions...]', 'ids, first characters of ids, or names; default: all sessions')
    .addOption(
      new Option('-w, --what <what>', 'what each row is')
        .choices(['sessions', 'samples'])
        .default('sessions'),
    )
    .addOption(
      new Option('-f, --format <format>', 'format of a row').choices(['csv', 'jsonl']).default('csv'),
    )
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .addHelpText('after', exportColumnsHelp)
    .action(async (ids: string[], options: sessionCommands.ExportCommandOptions) =>
      action(async ({ exportRows }) => await exportRows(surface, ids, options)),
    );
}

function addPast(program: Command, surface: Surface, action: Action): void {
  withTime(withConnection(program.command('compare')), '30d')
    .description('Shows sessions side by side.')
    .argument('<sessions...>', 'two or more: ids, first characters of ids, or names')
    .option('--json', 'as a JSON array')
    .addHelpText('after', '\nExample:\n  $ ctxd compare 3f2a 91c0')
    .action(async (texts: string[], options: sessionCommands.SessionsOptions) =>
      action(async ({ compare }) => await compare(surface, texts, options)),
    );
  withTime(withConnection(program.command('replay')), '30d')
    .description('Replays a past session as the monitor showed it.')
    .argument('<session>', sessionMeaning)
    .option('--speed <factor>', 'how many times faster than real time', speedFrom, 10)
    .option('--ascii', 'only ASCII characters')
    .addHelpText(
      'after',
      '\nKeys: those of the monitor; p pauses.\n\nExample:\n  $ ctxd replay 3f2a --speed 60',
    )
    .action(async (session: string, options: sessionCommands.ReplayOptions) =>
      action(async ({ replay }) => await replay(surface, session, options)),
    );
}

function withConnection(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'VictoriaMetrics, also as https://user:password@host; default: the stack of this machine',
    )
    .option('--token-file <file>', 'file with its bearer token; or set CTXD_TOKEN')
    .option('--receiver <url>', 'receiver, for names and for when there is no VictoriaMetrics')
    .option('--alertmanager <url>', 'Alertmanager, for silences; with credentials as above');
}

/** @param since - the default of `--since`; without one, only `--all` has a time span. */
function withTime(command: Command, since?: string): Command {
  const only = since === undefined ? ', with --all; default: 24h' : '';
  return command
    .option('--since <time>', `start of the time span: 90m, 24h, 7d ago or a date${only}`, since)
    .option('--until <time>', 'end of the time span, in the same form; default: now');
}

function intervalFrom(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Expected seconds from 1 to 3600.');
}

function speedFrom(text: string): number {
  const factor = Number(text);
  if (factor > 0 && factor <= 10_000) return factor;
  throw new InvalidArgumentError('Expected a factor above 0 and up to 10000.');
}
