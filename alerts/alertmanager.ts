import { stringify } from 'yaml';
import { watchdogName } from './bundle-alerts.ts';
import type { Delivery } from './delivery.ts';

/** What Alertmanager is told. */
export interface AlertmanagerOptions {
  /** Address of the receiver's inbox, as Alertmanager reaches it. */
  readonly inboxUrl: string;
  readonly delivery: Delivery;
  /** Time zone of the mute times, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Only alerts of a session: Alertmanager counts a label that both lack as equal. */
const ofSession = (severities: string) => [`severity =~ "${severities}"`, 'session_id != ""'];

const inhibits = (source: string, target: string) => ({
  source_matchers: ofSession(source),
  target_matchers: ofSession(target),
  equal: ['session_id'],
});

/**
 * Alertmanager's configuration: one notification per alert and session to the inbox and to every receiver, and none of a
 * session's lesser alerts while a more severe one fires.
 *
 * No group waits for more of its kind: it is one alert of one session, and what must be inhibited fires seconds after what
 * inhibits it, by its rule. Mute times leave out the inbox.
 */
export function alertmanagerConfig(options: AlertmanagerOptions): string {
  const { delivery, timeZone } = options;
  const { receivers, mute, repeat } = delivery;
  const muted = mute.length > 0 && { mute_time_intervals: ['muted'] };
  return stringify({
    route: {
      receiver: 'inbox',
      group_by: ['alertname', 'session_id'],
      group_wait: '0s',
      group_interval: '5s',
      repeat_interval: repeat,
      routes: [
        watchdogRoute,
        { receiver: 'inbox', continue: true },
        ...receivers.map(({ name }) => ({ receiver: name, continue: true, ...muted })),
      ],
    },
    inhibit_rules: [inhibits('critical', 'warning|info'), inhibits('warning', 'info')],
    ...(muted && {
      time_intervals: [
        { name: 'muted', time_intervals: mute.map((time) => ({ ...time, location: timeZone })) },
      ],
    }),
    receivers: [inboxReceiver(options), watchdogReceiver(options), ...receivers],
  });
}

/** Each minute: what misses it knows after two. */
const watchdogRoute = {
  receiver: 'watchdog',
  matchers: [`alertname = "${watchdogName}"`],
  group_wait: '0s',
  group_interval: '1m',
  repeat_interval: '1m',
};

function inboxReceiver({ inboxUrl }: AlertmanagerOptions) {
  return { name: 'inbox', webhook_configs: [{ url: inboxUrl, send_resolved: true }] };
}

function watchdogReceiver({ inboxUrl, delivery: { watchdogUrlFile } }: AlertmanagerOptions) {
  const elsewhere =
    watchdogUrlFile === undefined ? [] : [{ url_file: watchdogUrlFile, send_resolved: false }];
  return { name: 'watchdog', webhook_configs: [{ url: inboxUrl, send_resolved: false }, ...elsewhere] };
}
