/** A place on another machine that the collector sends metrics to. */
export interface Destination {
  /** `remote`: another ctxd stack. `metrics`: a store, such as Prometheus. */
  readonly name: 'remote' | 'metrics';
  /** Where it takes metrics: OTLP over HTTP. */
  readonly metricsUrl: string;
  /** Whether a token is sent: its file is `CTXD_REMOTE_TOKEN_FILE` or `CTXD_METRICS_TOKEN_FILE`. */
  readonly hasToken: boolean;
  /** Whether only certificates of the authority in `CTXD_…_CA_FILE` are accepted. */
  readonly hasAuthority: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A URL without a slash at its end.
 *
 * @param name - the variable or the option that it comes from
 * @param isPlainAllowed - whether http may be used beyond this machine. Default: it may not.
 * @throws RangeError naming the rule that it breaks
 */
export function expectServerUrl(name: string, text: string, isPlainAllowed = false): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw new RangeError(`Expected ${name} to be a URL such as https://ctxd.example, got \`${text}\``);
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !isPlainAllowed)
    throw new RangeError(
      `Expected ${name} to be an https URL, because http sends the token and the metrics unencrypted, got \`${text}\`. To allow it: CTXD_REMOTE_TLS=0`,
    );
  return url.href.replace(/\/+$/, '');
}

/** The URL of the stack that gets a copy of all metrics, without a slash at its end; undefined when there is none. */
export function remoteUrl(env: Environment): string | undefined {
  const text = env['CTXD_REMOTE_URL'];
  return text ? expectServerUrl('CTXD_REMOTE_URL', text, env['CTXD_REMOTE_TLS'] === '0') : undefined;
}

/** Where a store takes metrics, with its path; undefined when there is none. */
function storeWriteUrl(env: Environment): string | undefined {
  const [name, text] = ['CTXD_METRICS_WRITE_URL', env['CTXD_METRICS_WRITE_URL']];
  return text ? expectServerUrl(name, text, env['CTXD_REMOTE_TLS'] === '0') : undefined;
}

/**
 * The places that get a copy of all metrics.
 *
 * @throws RangeError naming the variable that is wrong
 */
export function destinationsFrom(env: Environment): readonly Destination[] {
  const [remote, store] = [remoteUrl(env), storeWriteUrl(env)];
  const destination = (name: Destination['name'], metricsUrl: string): Destination => ({
    name,
    metricsUrl,
    hasToken: Boolean(env[destinationVariable(name, 'TOKEN')]),
    hasAuthority: Boolean(env[destinationVariable(name, 'CA')]),
  });
  return [
    ...(remote === undefined ? [] : [destination('remote', `${remote}/v1/metrics`)]),
    ...(store === undefined ? [] : [destination('metrics', store)]),
  ];
}

/** The variable that names the file with a destination's token or certificate authority. */
export function destinationVariable(name: Destination['name'], file: 'TOKEN' | 'CA'): string {
  const token = { remote: 'CTXD_REMOTE_TOKEN_FILE', metrics: 'CTXD_METRICS_TOKEN_FILE' };
  const authority = { remote: 'CTXD_REMOTE_CA_FILE', metrics: 'CTXD_METRICS_CA_FILE' };
  return (file === 'TOKEN' ? token : authority)[name];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
