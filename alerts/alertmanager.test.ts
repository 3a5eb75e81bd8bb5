import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertmanagerConfig } from './alertmanager.ts';

test('groups by alert and session, and lets a critical alert inhibit the warning of its session', () => {
  expect(parse(alertmanagerConfig())).toEqual({
    route: {
      receiver: 'none',
      group_by: ['alertname', 'session_id'],
      group_wait: '1s',
      group_interval: '5s',
      repeat_interval: '4h',
    },
    inhibit_rules: [
      {
        source_matchers: ['severity = "critical"', 'session_id != ""'],
        target_matchers: ['severity = "warning"', 'session_id != ""'],
        equal: ['session_id'],
      },
    ],
    receivers: [{ name: 'none' }],
  });
});

test('delivers to a webhook, resolved alerts too', () => {
  expect(parse(alertmanagerConfig({ webhookUrl: 'http://127.0.0.1:9/alerts' }))).toMatchObject({
    route: { receiver: 'webhook' },
    receivers: [
      { name: 'webhook', webhook_configs: [{ url: 'http://127.0.0.1:9/alerts', send_resolved: true }] },
    ],
  });
});
