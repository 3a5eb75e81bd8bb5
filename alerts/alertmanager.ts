import { stringify } from 'yaml';
import { thresholds } from '#thresholds';

/** Where alerts are delivered. */
export interface AlertmanagerOptions {
  /** Address that Alertmanager posts alerts and their resolution to. Default: nowhere, they only show on its page. */
  readonly webhookUrl?: string | undefined;
}

/** Only alerts of a session: Alertmanager counts a label that both lack as equal. */
const ofSession = (severity: string) => [`severity = "${severity}"`, 'session_id != ""'];

/**
 * Alertmanager's configuration: one notification per alert and session, and none of a session's warning while its
 * critical alert fires.
 *
 * Short waits make a crossing arrive within seconds; the second that a group waits lets the critical alert inhibit the
 * warning of the same evaluation.
 */
export function alertmanagerConfig({ webhookUrl }: AlertmanagerOptions = {}): string {
  const receiver = webhookUrl === undefined ? { name: 'none' } : webhookReceiver(webhookUrl);
  return stringify({
    route: {
      receiver: receiver.name,
      group_by: ['alertname', 'session_id'],
      group_wait: '1s',
      group_interval: '5s',
      repeat_interval: '4h',
    },
    inhibit_rules: [
      {
        source_matchers: ofSession(thresholds.critical.severity),
        target_matchers: ofSession(thresholds.warning.severity),
        equal: ['session_id'],
      },
    ],
    receivers: [receiver],
  });
}

function webhookReceiver(url: string) {
  return { name: 'webhook', webhook_configs: [{ url, send_resolved: true }] };
}
