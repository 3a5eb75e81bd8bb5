import { expect, test } from 'vitest';
import { outboundLines } from './outbound.ts';

const dropped = 'Prompts and answers are dropped on arrival.';
const grafanaUrl = 'http://127.0.0.1:3000';

test.each([
  [{}, [`Nothing leaves this machine. ${dropped}`]],
  [
    { remoteUrl: 'https://a' },
    [
      'Names, projects and figures of your sessions go to https://a. They are stored on this machine, too.',
      dropped,
    ],
  ],
  [
    { remoteUrl: 'https://a', isStoreElsewhere: true, settings: { CTXD_ALERT_NTFY_URL: 'https://n' } },
    [
      'Names, projects and figures of your sessions go to https://a. They are not stored on this machine.',
      dropped,
    ],
  ],
  [
    { settings: { CTXD_ALERT_SLACK_URL_FILE: '/s', CTXD_ALERT_NTFY_URL: 'https://n' } },
    ['Alerts, with the names of sessions, are sent to: slack, ntfy.', dropped],
  ],
  [
    { settings: { CTXD_BIND: '10.0.0.5' } },
    ['Other machines can read the sessions in Grafana at 10.0.0.5, with its password.', dropped],
  ],
  [{ settings: { CTXD_BIND: '127.0.0.2' } }, [`Nothing leaves this machine. ${dropped}`]],
])('%j: says where reports go', (endpoints, lines) => {
  expect(outboundLines({ grafanaUrl, ...endpoints })).toEqual(lines);
});
