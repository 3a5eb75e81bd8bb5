import { stringify } from 'yaml';
import { bindAddress } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the collector wants a token: when `CTXD_BIND` opens it to other machines, or `CTXD_COLLECTOR_AUTH` is 1. */
export function wantsToken(env: Environment): boolean {
  return env['CTXD_COLLECTOR_AUTH'] === '1' || !bindAddress(env).startsWith('127.');
}

/** Who may send to the collector: what is merged into `collector.yaml`. The token is read from a file, anew when it changes. */
export function collectorAccess(env: Environment): string {
  if (!wantsToken(env)) return '{}\n';
  return stringify({
    extensions: { bearertokenauth: { filename: '${env:CTXD_TOKEN_FILE}' } },
    receivers: { otlp: { protocols: { http: { auth: { authenticator: 'bearertokenauth' } } } } },
    // Lists are replaced, not merged.
    service: { extensions: ['health_check', 'file_storage', 'bearertokenauth'] },
  });
}
