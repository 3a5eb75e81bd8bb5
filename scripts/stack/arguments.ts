import { parseArgs } from 'node:util';
import { exitCodes, messageOf, StackError } from './stack-error.ts';
import type { RuntimeName } from './state.ts';

/** What a stack command is asked to do. */
export interface StackArguments {
  readonly command: 'up' | 'down' | 'status' | 'help';
  /** The runtime to use; chosen by itself when absent. */
  readonly runtime?: RuntimeName;
}

/** What `--help` prints. */
export const usage = `Usage: npm run stack:up | stack:down | stack:status [-- --runtime docker|native]

  up      Starts the stack and waits until it works; does nothing when it runs already.
  down    Stops it and keeps its data.
  status  Tells what runs, whether it is healthy, and where.

  --runtime docker|native   Default: docker where an engine answers, else native.
  --help                    Prints this.

Environment:
  CTXD_<PART>_PORT          Port of a part on 127.0.0.1; parts: COLLECTOR, VICTORIAMETRICS, VMALERT, ALERTMANAGER, GRAFANA.
  CTXD_<PART>_IMAGE         Image of a part, for mirrors and air-gapped sites (docker).
  CTXD_ALERT_WEBHOOK_URL    Where alerts are delivered; from containers this machine is host.docker.internal.
  CTXD_STATE_DIR            Data, secrets and logs. Default: ~/.local/state/ctxd.
  CTXD_PROJECT              Compose project. Default: ctxd (docker).
  CTXD_RELEASES_URL         Mirror of the release sites (native).
  GRAFANA_HOME              An unpacked Grafana (native).

Exit status: 0 ok, 1 failure or stopped, 2 usage or degraded, 3 port taken, 4 nothing to run it with, 5 not healthy in time.`;

/** Reads the command line. Throws with the rule when it is not of that form. */
export function parseArguments(args: readonly string[]): StackArguments {
  const { values, positionals } = parse(args);
  if (values.help) return { command: 'help' };
  const [command, ...rest] = positionals;
  if (command !== 'up' && command !== 'down' && command !== 'status') {
    throw usageError(`Expected a command up, down or status, got \`${command ?? ''}\``);
  }
  if (rest.length > 0) throw usageError(`Expected nothing after ${command}, got \`${rest.join(' ')}\``);
  if (values.runtime === undefined) return { command };
  if (values.runtime !== 'docker' && values.runtime !== 'native') {
    throw usageError(`Expected --runtime to be docker or native, got \`${values.runtime}\``);
  }
  return { command, runtime: values.runtime };
}

function parse(args: readonly string[]) {
  try {
    const options = { runtime: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

function usageError(sentence: string): StackError {
  return new StackError(sentence, { remedy: 'See npm run stack:up -- --help', exitCode: exitCodes.usage });
}
