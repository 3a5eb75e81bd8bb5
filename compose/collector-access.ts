import { stringify } from 'yaml';
import { bindAddress } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the collector requires a token: unless `CTXD_COLLECTOR_AUTH` is 0 and only this machine reaches it. */
export function wantsToken(env: Environment): boolean {
  return env['CTXD_COLLECTOR_AUTH'] !== '0' || !bindAddress(env).startsWith('127.');
}

/** Settings merged into `collector.yaml`: whether the collector requires a token. It rereads the token's file on a change. */
export function collectorAccess(env: Environment): string {
  if (!wantsToken(env)) return '{}\n';
  return stringify({
    extensions: { bearertokenauth: { filename: '${env:CTXD_TOKEN_FILE}' } },
    receivers: { otlp: { protocols: { http: { auth: { authenticator: 'bearertokenauth' } } } } },
    // The collector replaces lists instead of merging them.
    service: { extensions: ['health_check', 'file_storage', 'bearertokenauth'] },
  });
}
