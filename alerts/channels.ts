import { color, ntfyQuery, telegramText, text, textOrTitle, title } from './messages.ts';

/** Reads a channel's variables. Throws a RangeError that names a variable that is missing or wrong. */
export interface ChannelReader {
  /** The value of a variable that the channel needs. */
  readonly need: (variable: string, rule: string, isRight: (value: string) => boolean) => string;
  /** The value of an optional variable. */
  readonly given: (variable: string) => string | undefined;
  /**
   * The path at which Alertmanager reads the file that a variable names.
   *
   * @param written converts the file's content to what Alertmanager reads; throws a RangeError if it is wrong. Default:
   * unchanged
   */
  readonly secret: (variable: string, written?: (content: string) => string) => string;
  /** The receiver of the stack, as Alertmanager reaches it, and the file with its token. */
  readonly desktop: DesktopReceiver;
  /** The path of a file with a text of ours, which Alertmanager reads. */
  readonly file: (name: string, content: string) => string;
}

/** Where notifications for the desktop go. */
export interface DesktopReceiver {
  readonly url: string;
  /** Default: it requires none. */
  readonly tokenFile?: string | undefined;
}

/** A kind of receiver that Alertmanager can notify. */
export interface Channel {
  /** The variable that enables it. */
  readonly on: string;
  /** The other variables that it reads. */
  readonly variables: readonly string[];
  /** Makes Alertmanager's configuration of the receiver. */
  readonly receiver: (read: ChannelReader) => Readonly<Record<string, readonly unknown[]>>;
}

/** The sender that people see. */
const sender = 'ctxd';
const send_resolved = true;
const isUrl = (value: string) => URL.canParse(value) && /^https?:/.test(value);
const urlRule = 'an http or https address';

/** All channels, by name. */
export const channels = {
  webhook: {
    on: 'CTXD_ALERT_WEBHOOK_URL',
    variables: [],
    receiver: ({ need }) => ({
      webhook_configs: [{ url: need('CTXD_ALERT_WEBHOOK_URL', urlRule, isUrl), send_resolved }],
    }),
  },
  slack: {
    on: 'CTXD_ALERT_SLACK_URL_FILE',
    variables: [],
    receiver: ({ secret }) => ({
      slack_configs: [
        {
          api_url_file: secret('CTXD_ALERT_SLACK_URL_FILE'),
          send_resolved,
          username: sender,
          title,
          fallback: title,
          // By default it links to Alertmanager on this machine.
          title_link: '',
          text: text((name, url) => `<${url}|${name}>`),
          color,
        },
      ],
    }),
  },
  email: {
    on: 'CTXD_ALERT_EMAIL_TO',
    variables: [
      'CTXD_ALERT_EMAIL_FROM',
      'CTXD_ALERT_EMAIL_SERVER',
      'CTXD_ALERT_EMAIL_USER',
      'CTXD_ALERT_EMAIL_PASSWORD_FILE',
      'CTXD_ALERT_EMAIL_TLS',
      'CTXD_ALERT_EMAIL_CA_FILE',
    ],
    receiver: (read) => ({ email_configs: [emailConfig(read)] }),
  },
  discord: {
    on: 'CTXD_ALERT_DISCORD_URL_FILE',
    variables: [],
    receiver: ({ secret }) => ({
      discord_configs: [
        {
          webhook_url_file: secret('CTXD_ALERT_DISCORD_URL_FILE'),
          send_resolved,
          username: sender,
          title,
          message: text(),
        },
      ],
    }),
  },
  ntfy: {
    on: 'CTXD_ALERT_NTFY_URL',
    variables: ['CTXD_ALERT_NTFY_TOKEN_FILE'],
    receiver: (read) => ({ webhook_configs: [ntfyConfig(read)] }),
  },
  telegram: {
    on: 'CTXD_ALERT_TELEGRAM_TOKEN_FILE',
    variables: ['CTXD_ALERT_TELEGRAM_CHAT_ID', 'CTXD_ALERT_TELEGRAM_URL'],
    receiver: (read) => ({ webhook_configs: [telegramConfig(read)] }),
  },
  desktop: {
    on: 'CTXD_ALERT_DESKTOP',
    variables: [],
    receiver: ({ desktop: { url, tokenFile: credentials_file }, file }) => ({
      webhook_configs: [
        {
          url_file: file('desktop-url', `${url}?${ntfyQuery}`),
          send_resolved,
          ...(credentials_file && { http_config: { authorization: { credentials_file } } }),
        },
      ],
    }),
  },
} as const satisfies Record<string, Channel>;

/** The name of a channel. */
export type ChannelName = keyof typeof channels;

function emailConfig({ need, given, secret }: ChannelReader) {
  const to = need('CTXD_ALERT_EMAIL_TO', 'an e-mail address', (value) => value.includes('@'));
  const user = given('CTXD_ALERT_EMAIL_USER');
  return {
    to,
    from: `${sender} <${given('CTXD_ALERT_EMAIL_FROM') ?? to}>`,
    smarthost: need('CTXD_ALERT_EMAIL_SERVER', 'host:port of the mail server', (value) =>
      /^[^\s:]+:\d+$/.test(value),
    ),
    ...(user !== undefined && {
      auth_username: user,
      auth_password_file: secret('CTXD_ALERT_EMAIL_PASSWORD_FILE'),
    }),
    require_tls: given('CTXD_ALERT_EMAIL_TLS') !== '0',
    ...(given('CTXD_ALERT_EMAIL_CA_FILE') && {
      tls_config: { ca_file: secret('CTXD_ALERT_EMAIL_CA_FILE') },
    }),
    send_resolved,
    headers: { Subject: title },
    html: '',
    text: textOrTitle,
  };
}

/** ntfy takes title and text from the query. With `template=yes` the body, Alertmanager's JSON, is not attached as a file. */
function ntfyConfig({ need, given, secret, file }: ChannelReader) {
  const url = new URL(need('CTXD_ALERT_NTFY_URL', urlRule, isUrl));
  const start = `${url.href}${url.search ? '&' : '?'}template=yes`;
  const credentials_file = given('CTXD_ALERT_NTFY_TOKEN_FILE') && secret('CTXD_ALERT_NTFY_TOKEN_FILE');
  return {
    // Alertmanager refuses its own template functions in `url`, but not in a file.
    url_file: file('ntfy-url', `${start}&${ntfyQuery}`),
    send_resolved,
    ...(credentials_file && { http_config: { authorization: { credentials_file } } }),
  };
}

/**
 * A webhook, since Alertmanager's own Telegram channel panics, and all channels with it, when the answer to a message is
 * `{"ok":true}` or a message without a chat. The Bot API takes a method's fields from the query and skips those of
 * Alertmanager's JSON. Alertmanager fills in the templates. Source: https://core.telegram.org/bots/api#making-requests
 */
function telegramConfig({ need, given, secret }: ChannelReader) {
  const chatId = need('CTXD_ALERT_TELEGRAM_CHAT_ID', 'a whole number', (id) => /^-?\d{1,15}$/.test(id));
  const server = given('CTXD_ALERT_TELEGRAM_URL')
    ? need('CTXD_ALERT_TELEGRAM_URL', urlRule, isUrl).replace(/\/+$/, '')
    : 'https://api.telegram.org';
  const url = (token: string) => {
    if (!/^\d+:[\w-]+$/.test(token)) {
      throw new RangeError('Expected CTXD_ALERT_TELEGRAM_TOKEN_FILE to hold a token such as 123456:ABC-DEF');
    }
    return `${server}/bot${token}/sendMessage?chat_id=${chatId}&text=${telegramText}`;
  };
  return { url_file: secret('CTXD_ALERT_TELEGRAM_TOKEN_FILE', url), send_resolved };
}
