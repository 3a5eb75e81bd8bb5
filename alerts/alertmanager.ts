import { alertNames } from '#queries';
import { stringify } from 'yaml';
import { watchdogName } from './bundle-alerts.ts';
import type { Delivery } from './delivery.ts';

/** The settings behind Alertmanager's configuration. */
export interface AlertmanagerOptions {
  /** Address of the receiver's inbox, as Alertmanager reaches it. */
  readonly inboxUrl: string;
  /** File with the receiver's token, as Alertmanager sees it. Default: it requires none. */
  readonly inboxTokenFile?: string | undefined;
  readonly delivery: Delivery;
  /** Time zone of the mute times, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/**
 * Lesser alerts that were sent before the session became critical are not repeated while the critical alert fires; others do
 * not start then, by their own rules. Alertmanager also holds back resolved notifications, so this lists only alerts that
 * resolve after the critical one.
 *
 * All of them have a session: Alertmanager would treat a label that both lack as equal.
 */
const inhibition = {
  source_matchers: [`alertname = "${alertNames.critical}"`],
  target_matchers: [`alertname =~ "${alertNames.warning}|${alertNames.compaction}"`],
  equal: ['session_id'],
};

/**
 * Makes Alertmanager's configuration: each alert of a session sends one notification to the inbox and to every receiver, and
 * one when it resolves.
 *
 * A group is one alert of one session, so it waits for no others. Mute times do not apply to the inbox.
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

/** Sent each minute, so that its receiver notices within two when it stops. */
const watchdogRoute = {
  receiver: 'watchdog',
  matchers: [`alertname = "${watchdogName}"`],
  group_wait: '0s',
  group_interval: '1m',
  repeat_interval: '1m',
};

function inboxReceiver(options: AlertmanagerOptions) {
  return { name: 'inbox', webhook_configs: [{ ...inbox(options), send_resolved: true }] };
}

function watchdogReceiver(options: AlertmanagerOptions) {
  const { watchdogUrlFile } = options.delivery;
  const elsewhere =
    watchdogUrlFile === undefined ? [] : [{ url_file: watchdogUrlFile, send_resolved: false }];
  return { name: 'watchdog', webhook_configs: [{ ...inbox(options), send_resolved: false }, ...elsewhere] };
}

function inbox({ inboxUrl: url, inboxTokenFile: file }: AlertmanagerOptions) {
  return { url, ...(file && { http_config: { authorization: { credentials_file: file } } }) };
}
