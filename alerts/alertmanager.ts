import { alertNames } from '#alert-queries';
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

/**
 * What was told before the session became critical isn't told again while that lasts; nothing else begins then, by its own
 * rule. Alertmanager keeps back that something is over, too, hence only alerts that end after the critical one.
 *
 * Both have a session: Alertmanager counts a label that both lack as equal.
 */
const inhibition = {
  source_matchers: [`alertname = "${alertNames.critical}"`],
  target_matchers: [`alertname =~ "${alertNames.warning}|${alertNames.compaction}"`],
  equal: ['session_id'],
};

/**
 * Alertmanager's configuration: one notification per alert and session to the inbox and to every receiver, and one when it
 * is over.
 *
 * No group waits for more of its kind: it is one alert of one session. Mute times leave out the inbox.
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
    inhibit_rules: [inhibition],
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
