import { readRegularFileSync } from '#regular-file';
import { type Thresholds, thresholdsFrom } from '#thresholds';
import type { PageOptions } from './servers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the page's options from the environment. Returns `undefined` if `CTXD_VICTORIAMETRICS_URL` is not set: without a
 * store there is no page.
 *
 * - `CTXD_VICTORIAMETRICS_URL`, `CTXD_VICTORIAMETRICS_USER` and `CTXD_VICTORIAMETRICS_PASSWORD_FILE`: VictoriaMetrics, and the login
 *   for it
 * - `OTEL_EXPORTER_OTLP_ENDPOINT`, `CTXD_VMALERT_URL`, `CTXD_ALERTMANAGER_URL`: the other parts; unset ones are hidden
 * - `CTXD_ALERTMANAGER_USER` and `CTXD_ALERTMANAGER_PASSWORD_FILE`: the login for Alertmanager
 *
 * @param receiver - the receiver that serves the page: its URL, and its token if it requires one
 */
export function pageOptionsFrom(
  environment: Environment,
  receiver: PageOptions['servers']['receiver'],
): PageOptions | undefined {
  const storeUrl = environment['CTXD_VICTORIAMETRICS_URL'];
  if (!storeUrl) return undefined;
  const thresholds: Thresholds = thresholdsFrom(environment);
  const alertmanagerUrl = environment['CTXD_ALERTMANAGER_URL'];
  return {
    thresholds,
    servers: {
      store: { url: storeUrl, authorization: basicAuthorization(environment, 'VICTORIAMETRICS') },
      receiver,
      collectorUrl: environment['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined,
      vmalertUrl: environment['CTXD_VMALERT_URL'] || undefined,
      alertmanager: alertmanagerUrl
        ? { url: alertmanagerUrl, authorization: basicAuthorization(environment, 'ALERTMANAGER') }
        : undefined,
    },
  };
}

function basicAuthorization(environment: Environment, part: string): string | undefined {
  const user = environment[`CTXD_${part}_USER`];
  const file = environment[`CTXD_${part}_PASSWORD_FILE`];
  if (!user || !file) return undefined;
  const password = readRegularFileSync(file).trimEnd();
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
