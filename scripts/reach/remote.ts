import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readRegularFile } from '#regular-file';
import { remoteUrl } from '../../compose/destinations.ts';
import { sharedPath } from '../../compose/runtime/state.ts';
import { reasonOf } from '../../compose/system/stack-error.ts';

/** How the stack on another machine answered an export without metrics. */
export type RemoteAnswer = { readonly url: string } & (
  { readonly status: number } | { readonly reason: string }
);

/** What an export is sent with. */
interface RemoteAccess {
  readonly token?: string | undefined;
  /** The certificate of its authority, in PEM form. Default: those that Node trusts. */
  readonly authority?: string | undefined;
  /** With `HTTPS_PROXY` and `NO_PROXY`. */
  readonly env: NodeJS.ProcessEnv;
}

/** Sends another machine's stack an export without metrics, as the collector would. Never rejects. */
export async function askRemote(url: string, access: RemoteAccess): Promise<RemoteAnswer> {
  try {
    return { url, status: await exportNothing(url, access) };
  } catch (error) {
    return { url, reason: reasonOf(error) };
  }
}

/** The answer to an export with the collector's own token and authority; undefined when it sends to no other machine. */
export async function askRemoteOf(
  stateDir: string,
  env: NodeJS.ProcessEnv,
): Promise<RemoteAnswer | undefined> {
  const url = remoteUrl(env);
  if (url === undefined) return undefined;
  const text = async (file: 'remoteToken' | 'remoteAuthority') =>
    (await readRegularFile(sharedPath(stateDir, file)).catch(() => '')) || undefined;
  const [token, authority] = await Promise.all([text('remoteToken'), text('remoteAuthority')]);
  return await askRemote(url, { token, authority, env });
}

// Not `fetch`, which takes neither an authority nor a proxy.
async function exportNothing(url: string, { token, authority, env }: RemoteAccess): Promise<number> {
  const isSecure = url.startsWith('https:');
  const [send, Agent] = isSecure ? [httpsRequest, HttpsAgent] : [httpRequest, HttpAgent];
  const agent = new Agent({ ...(isSecure && { proxyEnv: env }), ...(authority && { ca: authority }) });
  const headers = {
    'content-type': 'application/x-protobuf',
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const signal = AbortSignal.timeout(5_000);
  const request = send(`${url}/v1/metrics`, { method: 'POST', agent, headers, signal }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.on('error', (error) => reject(signal.aborted ? new Error('no answer within 5 s') : error));
  request.end();
  try {
    return await promise;
  } finally {
    agent.destroy();
  }
}
