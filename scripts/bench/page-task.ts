import { defaultThresholds } from '#thresholds';
import { startReceiver } from 'koa-context-window/receiver';
import { webPage } from '../../dashboards/web/server/web-page.ts';
import { freePorts } from '../../compose/runtime/preflight.ts';

/** Options of {@link servePage}. */
export interface PageTaskOptions {
  readonly collectorUrl: string;
  readonly storeUrl: string;
  /** Value of the `authorization` header for VictoriaMetrics. */
  readonly storeAuthorization: string;
}

/** Runs a receiver that serves the page, as the stack does. Returns its URL. */
export async function servePage({ collectorUrl, storeUrl, storeAuthorization }: PageTaskOptions) {
  const [port = 0] = await freePorts(1);
  const page = webPage({
    servers: {
      store: { url: storeUrl, authorization: storeAuthorization },
      receiver: { url: `http://127.0.0.1:${port}` },
      collectorUrl,
    },
    thresholds: defaultThresholds,
  });
  const { url } = await startReceiver({ port, page, metricsUrl: `${collectorUrl}/v1/metrics` });
  return { url };
}
