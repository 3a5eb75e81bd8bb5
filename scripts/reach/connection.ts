import { readFile } from 'node:fs/promises';
import type { MonitorSource } from '../../dashboards/source/figures.ts';
import type { Server } from '../../dashboards/source/http-client.ts';
import { receiverSource } from '../../dashboards/source/receiver-source.ts';
import { victoriaMetricsSource } from '../../dashboards/source/victoriametrics-source.ts';
import { partNamed } from '../../compose/parts.ts';
import { portsFrom } from '../../compose/ports.ts';
import { endpointsFrom } from './endpoints.ts';
import { answers, urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor, basicAuthorization } from '../../compose/runtime/login.ts';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { UsageError } from '../ctxd/usage-error.ts';

/** Where to ask, as the command line says it. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly receiver?: string | undefined;
  readonly alertmanager?: string | undefined;
}

/** The servers that commands ask. */
export interface Connection {
  readonly store: Server;
  readonly receiver: Server;
  readonly alertmanager: Server;
  /** Whether the user said which store: then there is no falling back to the receiver. */
  readonly isChosen: boolean;
}

/**
 * Where the servers are: as the command line says, else those of the stack on this machine.
 *
 * @throws UsageError for a URL that is none
 */
export async function connectionFrom(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv,
): Promise<Connection> {
  const endpoints = await endpointsFrom(env);
  const stateDir = stateDirFrom(env);
  const ports = (await readRecord(stateDir))?.ports ?? portsFrom(env);
  const token = await bearerToken(options.tokenFile, env);
  const alertmanager = partNamed('alertmanager');
  const receiverToken = env['CTXD_RECEIVER_TOKEN'];
  return {
    store: serverAt(options.url ?? endpoints.victoriaMetricsUrl, token),
    receiver: serverAt(options.receiver ?? endpoints.receiverUrl, receiverToken && `Bearer ${receiverToken}`),
    alertmanager:
      options.alertmanager === undefined
        ? serverAt(urlOf(alertmanager.name, ports), await authorizationFor(alertmanager, stateDir))
        : serverAt(options.alertmanager, token),
    isChosen: options.url !== undefined,
  };
}

/** What the monitor shows: the store, or the receiver where only that answers. */
export async function monitorSource({ store, receiver, isChosen }: Connection): Promise<MonitorSource> {
  if (isChosen || (await answers(`${store.url}/health`))) return victoriaMetricsSource(store, { receiver });
  if (await answers(`${receiver.url}/healthz`)) return receiverSource(receiver);
  return victoriaMetricsSource(store, { receiver });
}

async function bearerToken(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const token = file === undefined ? env['CTXD_TOKEN'] : (await readFile(file, 'utf8')).trim();
  return token ? `Bearer ${token}` : undefined;
}

/** A server by its URL. Credentials in it become basic authentication: `fetch` refuses them there. */
function serverAt(text: string, authorization: string | undefined): Server {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`Expected a URL such as http://127.0.0.1:8428, got \`${text}\``);
  }
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const [user = '', secret = ''] = [username, password].map(decodeURIComponent);
  const basic = user === '' ? undefined : basicAuthorization(user, secret);
  return { url: url.href.replace(/\/+$/, ''), authorization: basic ?? authorization };
}
