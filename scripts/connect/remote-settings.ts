import { readRegularFile } from '#regular-file';
import { expectServerUrl } from '../../compose/destinations.ts';
import { exitCodes, messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { askRemote } from '../reach/remote.ts';
import type { Surface } from './agreement.ts';
import type { RemoteCollector } from './arguments.ts';
import { headersHelper, telemetryVariables } from './telemetry.ts';

/**
 * Prints the settings that make Claude Code report to a collector on another machine, for CI and managed settings. Standard
 * output has nothing but their JSON. Warns if the collector does not take reports from here.
 *
 * @returns the exit status
 */
export async function printRemoteSettings(collector: RemoteCollector, surface: Surface): Promise<number> {
  const { env, print, printError } = surface;
  const url = urlOf(collector, env);
  print(JSON.stringify(remoteSettings({ ...collector, url }), null, 2));
  printError(
    `Events of Claude Code's sessions then go to ${url}: names, projects, models, tokens, cost and account.`,
  );
  printError('Prompts are not among them unless OTEL_LOG_USER_PROMPTS=1 is set.');
  const problem = await problemWith({ ...collector, url }, env);
  if (problem !== undefined) printError(`Warning: ${problem}`);
  return exitCodes.ok;
}

function urlOf({ url }: RemoteCollector, env: NodeJS.ProcessEnv): string {
  try {
    return expectServerUrl('--collector', url, env['CTXD_REMOTE_TLS'] === '0');
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

/** Claude Code's settings for a collector on another machine. They have the path of the token, never the token. */
function remoteSettings({ url, tokenFile, authorityFile }: RemoteCollector): object {
  return {
    env: {
      ...telemetryVariables(url),
      ...(authorityFile !== undefined && { NODE_EXTRA_CA_CERTS: authorityFile }),
    },
    ...(tokenFile !== undefined && { otelHeadersHelper: headersHelper(tokenFile) }),
  };
}

async function problemWith(
  { url, tokenFile, authorityFile }: RemoteCollector,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const text = async (path = '') => (await readRegularFile(path).catch(() => '')).trim() || undefined;
  const [token, authority] = await Promise.all([text(tokenFile), text(authorityFile)]);
  if (tokenFile !== undefined && token === undefined)
    return `There is no token in ${tokenFile} on this machine.`;
  const answer = await askRemote(url, { token, authority, env });
  if ('reason' in answer) return `${url} does not answer: ${answer.reason}.`;
  if (answer.status === 401)
    return tokenFile
      ? `${url} refuses the token in ${tokenFile}.`
      : `${url} requires a token: --token-file FILE`;
  return answer.status === 200 ? undefined : `${url} answers ${answer.status} to an export.`;
}
