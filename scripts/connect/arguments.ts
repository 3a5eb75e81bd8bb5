import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../../compose/system/stack-error.ts';
import type { Scope } from './places.ts';

/** The arguments of `connect` and `disconnect`. */
export interface ConnectArguments {
  readonly help: boolean;
  readonly scope: Scope;
  /** The project's folder. */
  readonly folder: string;
  /** Writes without asking. */
  readonly yes: boolean;
  /** Shows the change and writes nothing. */
  readonly dryRun: boolean;
  /** Whether sessions read a sentence when their window fills. Default: as before, and `false` the first time. */
  readonly nudge: boolean | undefined;
  /** Connects the status line. Default: true. */
  readonly statusLine: boolean;
  /** Whether ctxd's status line replaces the user's own. Default: as before, and `false` the first time. */
  readonly replaceStatusLine?: boolean | undefined;
  /** A collector on another machine: its settings are printed, and nothing is written. */
  readonly collector?: RemoteCollector;
}

/** A collector on another machine. */
export interface RemoteCollector {
  readonly url: string;
  /** File with its token, on the machines where Claude Code runs. */
  readonly tokenFile?: string;
  /** File with the certificate of its authority, on those machines. */
  readonly authorityFile?: string;
}

/** The text that `--help` prints. */
export const usage = `Usage: npm run connect | disconnect [-- --scope user|project] [--project <folder>] [--yes] [--dry-run]

  connect     Adds telemetry, hooks and a status line to Claude Code's settings, so that it reports its sessions to this stack.
  disconnect  Restores the settings from before connecting and keeps changes made to them since.

  --scope user|project  user: ~/.claude/settings.json, all your projects (default).
                        project: .claude/settings.local.json, this project only.
  --project <folder>    The project's folder, for --scope project. Default: the current folder.
  --yes                 Writes without asking.
  --dry-run             Shows the change and writes nothing.
  --replace-status-line Shows ctxd's status line instead of your own, until you disconnect (connect only).
  --no-status-line      Leaves the status line unchanged (connect only).
  --collector <url>     Prints the settings that make Claude Code report to a collector on another machine, for CI and for
                        managed settings. Writes nothing.
  --token-file <file>   File with that collector's token, on the machines where Claude Code runs.
  --ca-file <file>      File with the certificate of your own certificate authority, on those machines.
  --nudge               Adds one sentence to a session when it crosses a threshold, and one when it soon compacts, so that
                        Claude saves its work (connect only). CTXD_NUDGE is the sentence. Undo: --no-nudge.
  --help                Prints this help.

Environment:
  CLAUDE_CONFIG_DIR     Claude Code's folder. Default: ~/.claude.
  CTXD_RECEIVER_PORT    Port of the receiver on 127.0.0.1. Default: 4319.
  CTXD_COLLECTOR_PORT   Port of the collector on 127.0.0.1. Default: 4318.
  CTXD_RECEIVER_TOKEN   The receiver's token, if it requires one. No file stores it, so set it where Claude Code starts, too.

Exit status: 0 ok, 1 failure or nothing written, 2 usage error.`;

const options = {
  scope: { type: 'string', default: 'user' },
  project: { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  collector: { type: 'string' },
  'token-file': { type: 'string' },
  'ca-file': { type: 'string' },
  nudge: { type: 'boolean' },
  'no-nudge': { type: 'boolean', default: false },
  'replace-status-line': { type: 'boolean', default: false },
  'no-status-line': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Reads the command line.
 *
 * @param folder - the current folder of whoever runs the command.
 * @throws UsageError naming the rule that an argument breaks
 */
export function parseArguments(args: readonly string[], folder: string): ConnectArguments {
  const { scope, project, yes, help, collector, ...flags } = parse(args);
  if (scope !== 'user' && scope !== 'project') {
    throw usageError(`Expected --scope to be user or project, got \`${scope}\``);
  }
  if (project !== undefined && scope === 'user')
    throw usageError('Expected --project only with --scope project');
  if (collector === undefined && (flags['token-file'] ?? flags['ca-file']) !== undefined)
    throw usageError('Expected --token-file and --ca-file only with --collector');
  return {
    help,
    scope,
    folder: resolve(folder, project ?? ''),
    yes,
    dryRun: flags['dry-run'],
    nudge: flags['no-nudge'] ? false : flags.nudge,
    statusLine: !flags['no-status-line'],
    replaceStatusLine: flags['replace-status-line'],
    ...(collector !== undefined && {
      collector: {
        url: collector,
        ...(flags['token-file'] && { tokenFile: resolve(folder, flags['token-file']) }),
        ...(flags['ca-file'] && { authorityFile: resolve(folder, flags['ca-file']) }),
      },
    }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(sentence: string): UsageError {
  return new UsageError(sentence, { remedy: 'See npm run connect -- --help' });
}
