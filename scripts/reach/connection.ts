import { readRegularFile } from '#regular-file';
import type { MonitorSource } from '../../dashboards/source/figures.ts';
import type { Server } from '../../dashboards/source/http-client.ts';
import { receiverSource } from '../../dashboards/source/receiver-source.ts';
import { victoriaMetricsSource } from '../../dashboards/source/victoriametrics-source.ts';
import { partNamed } from '../../compose/parts.ts';
import { portsFrom } from '../../compose/ports.ts';
import { endpointsFrom } from './endpoints.ts';
import { answers, urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor, basicAuthorization, receiverTokenIn } from '../../compose/runtime/login.ts';
import { ensureWatched } from '../../compose/runtime/native/watched.ts';
import { isRuleEvaluationDown } from '../../compose/runtime/rule-evaluation.ts';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { UsageError } from '../../compose/system/stack-error.ts';

/** The servers named on the command line. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly receiver?: string | undefined;
  readonly alertmanager?: string | undefined;
}

/** The servers that commands talk to. */
export interface Connection {
  readonly store: Server;
  readonly receiver: Server;
  readonly alertmanager: Server;
  /** Whether the user named the store, which rules out falling back to the receiver. */
  readonly isChosen: boolean;
  /** Whether vmalert is down on this machine, so that no alert can fire. */
  readonly areRulesDown: () => Promise<boolean>;
}

/**
 * The servers named on the command line; otherwise those of the stack on this machine, whose supervisor is started again if
 * it has died.
 *
 * @throws UsageError for an invalid URL
 */
export async function connectionFrom(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv,
): Promise<Connection> {
  const endpoints = await endpointsFrom(env);
  const stateDir = stateDirFrom(env);
  await ensureWatched({ stateDir, env });
  const ports = (await readRecord(stateDir))?.ports ?? portsFrom(env);
  const token = await bearerToken(options.tokenFile, env);
  const [store, alertmanager] = [partNamed('victoriametrics'), partNamed('alertmanager')];
  const storeUrl = options.url ?? (env['CTXD_METRICS_QUERY_URL'] || undefined);
  const isOwn = [undefined, endpoints.victoriaMetricsUrl].includes(storeUrl);
  const own = isOwn ? await authorizationFor(store, stateDir) : undefined;
  const receiverUrl = options.receiver ?? endpoints.receiverUrl;
  const receiverToken =
    env['CTXD_RECEIVER_TOKEN'] ||
    (receiverUrl === endpoints.receiverUrl ? await receiverTokenIn(stateDir) : undefined);
  return {
    store: {
      ...serverAt(storeUrl ?? endpoints.victoriaMetricsUrl, own ?? token ?? (await storeToken(options, env))),
      mayBePrometheus: !isOwn,
    },
    receiver: serverAt(receiverUrl, receiverToken && `Bearer ${receiverToken}`),
    alertmanager:
      options.alertmanager === undefined
        ? serverAt(urlOf(alertmanager.name, ports), await authorizationFor(alertmanager, stateDir))
        : serverAt(options.alertmanager, token),
    isChosen: storeUrl !== undefined,
    areRulesDown: async () => options.url === undefined && (await isRuleEvaluationDown(env)),
  };
}

/** The source for the monitor: the store, or the receiver if only that answers. */
export async function monitorSource(connection: Connection): Promise<MonitorSource> {
  const source = await sessionSource(connection);
  const snapshot = async () => {
    const [figures, areRulesDown] = await Promise.all([source.snapshot(), connection.areRulesDown()]);
    return areRulesDown ? { ...figures, alerts: [rulesDown, ...figures.alerts] } : figures;
  };
  return { ...source, snapshot };
}

/** Shown as an alert, because vmalert itself cannot fire it. */
const rulesDown = { name: 'CtxdPartDown (vmalert)', severity: 'critical' };

async function sessionSource({ store, receiver, isChosen }: Connection): Promise<MonitorSource> {
  if (isChosen || (await answers(`${store.url}/health`))) return victoriaMetricsSource(store, { receiver });
  if (await answers(`${receiver.url}/healthz`)) return receiverSource(receiver);
  return victoriaMetricsSource(store, { receiver });
}

/** The token of the store that `CTXD_METRICS_QUERY_URL` names. */
async function storeToken({ url }: ConnectionOptions, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = env['CTXD_METRICS_TOKEN_FILE'];
  return url === undefined && file ? await bearerToken(file, env) : undefined;
}

async function bearerToken(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const token = file === undefined ? env['CTXD_TOKEN'] : (await readRegularFile(file)).trim();
  return token ? `Bearer ${token}` : undefined;
}

/** A server by its URL. Credentials in the URL become basic authentication, since `fetch` refuses them in a URL. */
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
