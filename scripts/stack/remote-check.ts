import { resolve } from 'node:path';
import { destinationsFrom, remoteUrl } from '../../compose/destinations.ts';
import { sharedFiles } from '../../compose/files.ts';
import type { PartName } from '../../compose/parts.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { messageOf, StackError, UsageError } from '../../compose/system/stack-error.ts';
import { askRemote } from '../reach/remote.ts';
import { folderOf } from '../reach/surface.ts';
import type { StackArguments } from './arguments.ts';
import { destinationFiles } from './destination-files.ts';

/**
 * The environment with the options `--send-to` and `--token-file` in place of the variables.
 *
 * @throws UsageError when they or the variables are wrong
 */
export function sendingEnvironment(
  { sendTo, tokenFile }: Pick<StackArguments, 'sendTo' | 'tokenFile'>,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const all = {
    ...env,
    ...(sendTo !== undefined && { CTXD_REMOTE_URL: sendTo }),
    ...(tokenFile !== undefined && {
      CTXD_REMOTE_TOKEN_FILE: resolve(folderOf(env, process.cwd()), tokenFile),
    }),
  };
  const url = usable(() => remoteUrl(all));
  if (url === undefined && tokenFile !== undefined)
    throw new UsageError('Expected --token-file to follow --send-to URL');
  return all;
}

/** The parts that do nothing without VictoriaMetrics. */
const readers: readonly PartName[] = ['vmalert', 'alertmanager', 'grafana'];

function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

/**
 * The parts to omit. Without VictoriaMetrics, those that only read from it are omitted, too.
 *
 * @param running - the parts that run
 * @throws UsageError when the metrics would go nowhere, or VictoriaMetrics runs
 */
export function withoutStore(
  without: readonly PartName[],
  env: NodeJS.ProcessEnv,
  running: readonly PartName[] = [],
): readonly PartName[] {
  if (!without.includes('victoriametrics')) return without;
  if (running.includes('victoriametrics'))
    throw new UsageError('Expected --without victoriametrics only while it is stopped, but it runs.', {
      remedy: 'Stop the stack first: npm run stack:down',
    });
  if (destinationsFrom(env).length > 0) return [...new Set<PartName>([...without, ...readers])];
  throw new UsageError(
    'Expected --without to keep collector and victoriametrics, got `victoriametrics`: the metrics would go nowhere.',
    {
      remedy:
        'Name the stack that gets them, --send-to URL --token-file FILE, or the store, CTXD_METRICS_WRITE_URL.',
    },
  );
}

/**
 * Checks that the stack on another machine takes what this one sends. If it does not answer, that is only a warning, because
 * the collector keeps the metrics until it does.
 *
 * @throws StackError when it refuses the token: it would refuse the metrics, too, and they would be lost
 */
export async function checkRemote({ env, print, warn }: Stack): Promise<void> {
  const url = remoteUrl(env);
  if (url === undefined) return;
  const files = await destinationFiles(env);
  print(`Asking ${url} whether it takes our metrics …`);
  const answer = await askRemote(url, {
    token: files[sharedFiles.remoteToken.path],
    authority: files[sharedFiles.remoteAuthority.path],
    env,
  });
  if ('reason' in answer)
    warn(
      `${url} does not answer (${answer.reason}). The collector keeps the metrics on disk and sends them once it does.`,
    );
  else if (answer.status === 401 || answer.status === 403) throw refused(url, answer.status, env);
  else if (answer.status !== 200)
    warn(`${url} answers ${answer.status} to an export. See whether its URL is right.`);
}

function refused(url: string, status: number, env: NodeJS.ProcessEnv): StackError {
  const file = env['CTXD_REMOTE_TOKEN_FILE'];
  const sentence = file
    ? `${url} refuses the token in ${file} (${status}). Nothing was started.`
    : `${url} requires a token (${status}). Nothing was started.`;
  return new StackError(sentence, {
    remedy: file
      ? 'Put the token that it expects into that file.'
      : 'Name the file that holds it: --token-file FILE',
  });
}
