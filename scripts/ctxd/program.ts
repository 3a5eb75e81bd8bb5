import completion from '@bomb.sh/tab/commander';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addDelegates } from './delegates.ts';
import { exportColumnsHelp } from './export-help.ts';
import * as run from './commands.ts';

/** Tells the exit status of a command that ended in order. */
export type OnExit = (exitCode: number) => void;

/** The `ctxd` command line. */
export function ctxdProgram(surface: run.Surface, onExit: OnExit): Command {
  const program = new Command('ctxd')
    .description('See the context window of every Claude Code session, and be told before it compacts.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surface.stdout.write(text),
      writeErr: (text) => surface.stderr.write(text),
    })
    .showHelpAfterError('See ctxd --help')
    .addHelpText('after', examples);
  addMonitor(program, surface, onExit);
  addLists(program, surface, onExit);
  addExport(program, surface);
  addPast(program, surface, onExit);
  addDelegates(program, onExit);
  completion(program, { completionCommandName: 'completion' });
  return program;
}

const examples = `
Examples:
  $ ctxd monitor                          all live sessions on the screen
  $ ctxd monitor --once --json | jq .     what it shows, once, for a script
  $ ctxd sessions --all --since 7d        past sessions, too
  $ ctxd export --since 24h > day.csv     one row for each session
  $ ctxd replay 3f2a --speed 60           a past session, an hour in a minute
  $ eval "$(ctxd completion bash)"        completion; also zsh and fish

Exit status: 0 ok, 1 failure, 2 usage. stack, doctor and the like have their own: see ctxd stack --help.`;

function addMonitor(program: Command, surface: run.Surface, onExit: OnExit): void {
  withConnection(program.command('monitor'))
    .description('Show all live sessions on the screen. In a pipe: plain lines.')
    .option('-i, --interval <seconds>', 'how often to refresh, 1 to 3600', intervalFrom, 5)
    .option('--once', 'one screen, then the end')
    .option('--json', 'JSON instead: a line at each refresh, or one with --once')
    .option('--ascii', 'nothing but ASCII; the default where the locale is not UTF-8')
    .addHelpText(
      'after',
      `
Keys: ? shows them.

Examples:
  $ ctxd monitor --interval 2
  $ ctxd monitor --url https://metrics.example.org --token-file ~/.metrics-token
  $ ctxd monitor --once > now.txt`,
    )
    .action(async (options: run.MonitorCommandOptions) => onExit(await run.monitor(surface, options)));
}

function addLists(program: Command, surface: run.Surface, onExit: OnExit): void {
  withTime(withConnection(program.command('sessions')))
    .description('List the live sessions, or all that there were with --all.')
    .option('-a, --all', 'past sessions, too')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ ctxd sessions
  $ ctxd sessions --all --since 2026-11-20 --until 2026-11-21`,
    )
    .action(async (options: run.SessionsOptions) => run.sessions(surface, options));
  withTime(withConnection(program.command('show')), '30d')
    .description('Show one session: its usage over time, its checkpoints and how it stood.')
    .argument('<session>', 'its id, the beginning of it, or its name')
    .option('--json', 'as JSON')
    .option('--ascii', 'nothing but ASCII')
    .addHelpText('after', '\nExample:\n  $ ctxd show 3f2a')
    .action(async (session: string, options: run.ShowOptions) =>
      onExit(await run.show(surface, session, options)),
    );
  withConnection(program.command('name'))
    .description('Give a session that the receiver knows a name.')
    .argument('<id>', 'id of the session')
    .argument('<name>', 'what to call it')
    .addHelpText('after', '\nExample:\n  $ ctxd name 3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11 "fix the login"')
    .action(async (id: string, name: string, options) => run.name(surface, id, name, options));
}

function addExport(program: Command, surface: run.Surface): void {
  withTime(withConnection(program.command('export')))
    .description('Write sessions or their samples as CSV or JSON lines.')
    .argument('[ids...]', 'only these sessions')
    .addOption(
      new Option('-w, --what <what>', 'one row for each of')
        .choices(['sessions', 'samples'])
        .default('sessions'),
    )
    .addOption(new Option('-f, --format <format>', 'form of a row').choices(['csv', 'jsonl']).default('csv'))
    .option('-o, --output <file>', 'a file instead of standard output')
    .addHelpText('after', exportColumnsHelp)
    .action(async (ids: string[], options: run.ExportCommandOptions) =>
      run.exportRows(surface, ids, options),
    );
}

function addPast(program: Command, surface: run.Surface, onExit: OnExit): void {
  withTime(withConnection(program.command('compare')), '30d')
    .description('Show sessions side by side.')
    .argument('<sessions...>', 'two or more: ids, beginnings of ids, or names')
    .option('--json', 'as a JSON array')
    .addHelpText('after', '\nExample:\n  $ ctxd compare 3f2a 91c0')
    .action(async (sessions: string[], options: run.SessionsOptions) =>
      run.compare(surface, sessions, options),
    );
  withTime(withConnection(program.command('replay')), '30d')
    .description('Play a past session back, as the monitor showed it.')
    .argument('<session>', 'its id, the beginning of it, or its name')
    .option('--speed <factor>', 'how many times as fast as it went', speedFrom, 10)
    .option('--ascii', 'nothing but ASCII')
    .addHelpText(
      'after',
      '\nKeys as in the monitor; p holds it.\n\nExample:\n  $ ctxd replay 3f2a --speed 60',
    )
    .action(async (session: string, options: run.ReplayOptions) =>
      onExit(await run.replay(surface, session, options)),
    );
}

function withConnection(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'VictoriaMetrics, also https://user:password@host; default: the stack of this machine',
    )
    .option('--token-file <file>', 'file with its bearer token; or CTXD_TOKEN in the environment')
    .option('--receiver <url>', 'receiver, for names and where there is no VictoriaMetrics')
    .option('--alertmanager <url>', 'Alertmanager, for silences; with credentials as above');
}

function withTime(command: Command, since = '24h'): Command {
  return command
    .option('--since <time>', 'from then on: 90m, 24h, 7d ago or a date', since)
    .option('--until <time>', 'until then, as --since; default: now');
}

function intervalFrom(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Expected seconds from 1 to 3600.');
}

function speedFrom(text: string): number {
  const factor = Number(text);
  if (factor > 0 && factor <= 10_000) return factor;
  throw new InvalidArgumentError('Expected a factor above 0, 10000 at most.');
}
