import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertmanagerConfig } from './alertmanager.ts';
import { deliveryFrom } from './delivery.ts';

const inboxUrl = 'http://127.0.0.1:4319/alerts';
const configOf = (env: Record<string, string>): unknown =>
  parse(
    alertmanagerConfig({
      inboxUrl,
      delivery: deliveryFrom(env, (variable) => `/secrets/${variable}`),
      timeZone: 'Europe/Berlin',
    }),
  );

test('delivers to the inbox alone when no channel is configured', () => {
  expect(configOf({})).toEqual({
    route: {
      receiver: 'inbox',
      group_by: ['alertname', 'session_id'],
      group_wait: '0s',
      group_interval: '5s',
      repeat_interval: '4h',
      routes: [
        {
          receiver: 'watchdog',
          matchers: ['alertname = "CtxdWatchdog"'],
          group_wait: '0s',
          group_interval: '1m',
          repeat_interval: '1m',
        },
        { receiver: 'inbox', continue: true },
      ],
    },
    inhibit_rules: [
      {
        source_matchers: ['alertname = "ContextWindowCritical"'],
        target_matchers: ['alertname =~ "ContextWindowWarning|ContextCompactionImminent"'],
        equal: ['session_id'],
      },
    ],
    receivers: [
      { name: 'inbox', webhook_configs: [{ url: inboxUrl, send_resolved: true }] },
      { name: 'watchdog', webhook_configs: [{ url: inboxUrl, send_resolved: false }] },
    ],
  });
});

test('delivers to every enabled channel, and keeps their secrets in files', () => {
  const config = configOf({
    CTXD_ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/hook',
    CTXD_ALERT_SLACK_URL_FILE: 'slack',
    CTXD_ALERT_EMAIL_TO: 'me@example.com',
    CTXD_ALERT_EMAIL_SERVER: 'mail.example.com:587',
    CTXD_ALERT_EMAIL_USER: 'me',
    CTXD_ALERT_EMAIL_PASSWORD_FILE: 'password',
    CTXD_ALERT_EMAIL_CA_FILE: 'ca',
    CTXD_ALERT_DISCORD_URL_FILE: 'discord',
    CTXD_ALERT_NTFY_URL: 'https://ntfy.example/topic',
    CTXD_ALERT_NTFY_TOKEN_FILE: 'token',
    CTXD_ALERT_TELEGRAM_TOKEN_FILE: 'bot',
    CTXD_ALERT_TELEGRAM_CHAT_ID: '-100123',
    CTXD_ALERT_TELEGRAM_URL: 'http://127.0.0.1:8081',
    CTXD_ALERT_WATCHDOG_URL_FILE: 'watchdog',
    CTXD_ALERT_REPEAT: '30m',
  });
  expect(config).toMatchObject({
    route: { repeat_interval: '30m' },
    receivers: [
      { name: 'inbox' },
      {
        name: 'watchdog',
        webhook_configs: [{ url: inboxUrl }, { url_file: '/secrets/CTXD_ALERT_WATCHDOG_URL_FILE' }],
      },
      { name: 'webhook', webhook_configs: [{ url: 'http://127.0.0.1:9/hook', send_resolved: true }] },
      { name: 'slack', slack_configs: [{ api_url_file: '/secrets/CTXD_ALERT_SLACK_URL_FILE' }] },
      {
        name: 'email',
        email_configs: [
          {
            to: 'me@example.com',
            from: 'ctxd <me@example.com>',
            smarthost: 'mail.example.com:587',
            auth_username: 'me',
            auth_password_file: '/secrets/CTXD_ALERT_EMAIL_PASSWORD_FILE',
            require_tls: true,
            tls_config: { ca_file: '/secrets/CTXD_ALERT_EMAIL_CA_FILE' },
          },
        ],
      },
      {
        name: 'discord',
        discord_configs: [{ webhook_url_file: '/secrets/CTXD_ALERT_DISCORD_URL_FILE' }],
      },
      {
        name: 'ntfy',
        webhook_configs: [
          {
            url_file: '/secrets/ntfy-url',
            http_config: { authorization: { credentials_file: '/secrets/CTXD_ALERT_NTFY_TOKEN_FILE' } },
          },
        ],
      },
      {
        name: 'telegram',
        webhook_configs: [{ url_file: '/secrets/CTXD_ALERT_TELEGRAM_TOKEN_FILE' }],
      },
    ],
  });
});

test('mutes the channels at mute times, also across midnight, but never the inbox', () => {
  const env = {
    CTXD_ALERT_WEBHOOK_URL: 'http://127.0.0.1:9',
    CTXD_ALERT_SLACK_URL_FILE: 'x',
    CTXD_ALERT_MUTE: '22:00-07:00, Sunday',
  };
  const location = 'Europe/Berlin';
  expect(configOf(env)).toMatchObject({
    route: {
      routes: [
        { receiver: 'watchdog' },
        { receiver: 'inbox', continue: true },
        { receiver: 'webhook', continue: true, mute_time_intervals: ['muted'] },
        { receiver: 'slack', continue: true, mute_time_intervals: ['muted'] },
        { receiver: 'slack', continue: true, mute_time_intervals: ['muted'] },
      ],
    },
    time_intervals: [
      {
        name: 'muted',
        time_intervals: [
          { times: [{ start_time: '22:00', end_time: '24:00' }], location },
          { times: [{ start_time: '00:00', end_time: '07:00' }], location },
          { weekdays: ['sunday'], location },
        ],
      },
    ],
  });
});

test.each([
  [
    { CTXD_ALERT_SLAK_URL_FILE: 'x' },
    /^Expected the variables of alerts to be .*, got CTXD_ALERT_SLAK_URL_FILE$/,
  ],
  [
    { CTXD_ALERT_WEBHOOK_URL: 'example.com' },
    /^Expected CTXD_ALERT_WEBHOOK_URL to be an http or https address, got `example\.com`$/,
  ],
  [
    { CTXD_ALERT_EMAIL_TO: 'me@example.com' },
    /^Expected CTXD_ALERT_EMAIL_SERVER to be host:port of the mail server, got ``$/,
  ],
  [
    { CTXD_ALERT_EMAIL_TO: 'me@example.com', CTXD_ALERT_EMAIL_SERVER: 'm:25', CTXD_ALERT_EMAIL_USER: 'me' },
    /^Expected CTXD_ALERT_EMAIL_PASSWORD_FILE to name a file, got nothing$/,
  ],
  [
    { CTXD_ALERT_TELEGRAM_TOKEN_FILE: 'x', CTXD_ALERT_TELEGRAM_CHAT_ID: '@me' },
    /^Expected CTXD_ALERT_TELEGRAM_CHAT_ID to be a whole number, got `@me`$/,
  ],
  [
    {
      CTXD_ALERT_TELEGRAM_TOKEN_FILE: 'x',
      CTXD_ALERT_TELEGRAM_CHAT_ID: '1',
      CTXD_ALERT_TELEGRAM_URL: 'bot.example',
    },
    /^Expected CTXD_ALERT_TELEGRAM_URL to be an http or https address, got `bot\.example`$/,
  ],
  [
    { CTXD_ALERT_REPEAT: 'often' },
    /^Expected CTXD_ALERT_REPEAT to be a time such as 30m or 4h, got `often`$/,
  ],
  [{ CTXD_ALERT_MUTE: '22:00-22:00' }, /^Expected CTXD_ALERT_MUTE to be times .*, got `22:00-22:00`$/],
  [{ CTXD_ALERT_MUTE: 'someday' }, /^Expected CTXD_ALERT_MUTE to be times .*, got `someday`$/],
])('refuses %j in one sentence', (env, sentence) => {
  expect(() => configOf(env as Record<string, string>)).toThrow(sentence);
});
