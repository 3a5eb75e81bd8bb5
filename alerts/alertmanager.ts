import { alertNames, otherAlertNames } from '#queries';
import { stringify } from 'yaml';
import { watchdogName } from './bundle-alerts.ts';
import type { Delivery } from './delivery.ts';
import { groupSeconds } from './messages.ts';

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

/** The alerts of sessions that people are notified about: those that ask for something that no other alert asks for. */
const sessionAlerts = `${alertNames.critical}|${alertNames.warning}|${alertNames.compaction}|${otherAlertNames.overdue}`;
/** Alerts that only the inbox and programs get: the next crossing says the same, with the minutes that are left. */
const quietAlerts = `${alertNames.fullSoon}|${alertNames.fast}`;

/**
 * Makes Alertmanager's configuration: each alert of a session sends one notification to the inbox and to a webhook, and
 * one when it resolves; people get one about all sessions that crossed within seconds.
 *
 * For programs, a group is one alert of one session, so it waits for no others. Mute times do not apply to the inbox.
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
        ...receivers
          .flatMap(({ name }): Route[] => (name === 'webhook' ? [{ receiver: name }] : peopleRoutes(name)))
          .map((route) => ({ ...route, continue: true, ...muted })),
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

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
}

function peopleRoutes(receiver: string): Route[] {
  return [
    {
      receiver,
      matchers: [`alertname =~ "${sessionAlerts}"`],
      // No alert of a session has these labels, so all sessions are one group. An empty list would mean the parent's.
      group_by: ['window', 'account'],
      group_wait: `${groupSeconds.wait}s`,
      group_interval: `${groupSeconds.interval}s`,
    },
    { receiver, matchers: [`alertname !~ "${sessionAlerts}|${quietAlerts}"`], group_by: ['alertname'] },
  ];
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
