import { channels, type ChannelName } from '../../alerts/channels.ts';
import { bindAddress } from '../../compose/ports.ts';
import type { Endpoints } from '../reach/endpoints.ts';

/** Says where the reports of Claude Code go beyond this machine, one sentence a line. */
export function outboundLines({
  settings = {},
  remoteUrl,
  isStoreElsewhere,
  grafanaUrl,
}: Pick<Endpoints, 'settings' | 'remoteUrl' | 'isStoreElsewhere' | 'grafanaUrl'>): string[] {
  const bind = bindAddress(settings);
  const notified = (Object.keys(channels) as ChannelName[]).filter((name) => settings[channels[name].on]);
  const storeUrl = settings['CTXD_METRICS_WRITE_URL'] || undefined;
  const places = [remoteUrl, storeUrl].filter((url) => url !== undefined);
  const here = isStoreElsewhere
    ? 'They are not stored on this machine.'
    : 'They are stored on this machine, too.';
  const lines = [
    ...(places.length === 0
      ? []
      : [`Names, projects and figures of your sessions go to ${places.join(' and ')}. ${here}`]),
    ...(notified.length === 0 || isStoreElsewhere
      ? []
      : [`Alerts, with the names of sessions, are sent to: ${notified.join(', ')}.`]),
    ...(bind.startsWith('127.') || grafanaUrl === undefined
      ? []
      : [`Other machines can read the sessions in Grafana at ${bind}, with its password.`]),
  ];
  const dropped = 'Prompts and answers are dropped on arrival.';
  return lines.length === 0 ? [`Nothing leaves this machine. ${dropped}`] : [...lines, dropped];
}
