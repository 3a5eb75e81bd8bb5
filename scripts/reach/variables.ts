import { defaultRetention, imageVariable, parts } from '../../compose/parts.ts';
import { portVariable } from '../../compose/ports.ts';

/** An environment variable that ctxd reads. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  /** Its value when it is unset or empty; absent when it then has none. */
  readonly default?: string;
  /** Whether it names a file that contains a secret. */
  readonly isSecretFile: boolean;
}

/** Variables with the same readers. */
export interface VariableGroup {
  readonly title: string;
  /** Who reads them, in words. */
  readonly readBy: string;
  /** One line for all of them in `--help`. */
  readonly pattern?: readonly [name: string, meaning: string];
  readonly variables: readonly Variable[];
}

type Row = readonly [meaning: string, fallback?: string, kind?: 'secret-file'];

const group = (title: string, readBy: string, rows: Readonly<Record<string, Row>>): VariableGroup => ({
  title,
  readBy,
  variables: Object.entries(rows).map(([name, [meaning, fallback, kind]]) => ({
    name,
    meaning,
    ...(fallback && { default: fallback }),
    isSecretFile: kind === 'secret-file',
  })),
});

const portRows = parts.flatMap(({ name, port, healthPort }): [string, Row][] => [
  [portVariable(name), [`Port of ${name}`, String(port)]],
  ...(healthPort === undefined
    ? []
    : [
        [portVariable(name, 'health'), [`Port of the health check of ${name}`, String(healthPort)]] as [
          string,
          Row,
        ],
      ]),
]);

const imageRows = parts.map(({ name, image }): [string, Row] => [
  imageVariable(name),
  [`Image of ${name} (docker)`, `${image.name}:${image.tag}`],
]);

const secret = 'secret-file';

/** All environment variables, by group. */
export const variableGroups = {
  stack: group('Stack', 'the stack commands', {
    CTXD_STATE_DIR: [
      'Folder for data, secrets, settings and logs. On macOS the default is `~/Library/Application Support/ctxd`',
      '~/.local/state/ctxd',
    ],
    CTXD_BIND: [
      'IPv4 address that the collector and Grafana listen on. Beyond 127.0.0.1 the collector requires its token. All other parts stay on 127.0.0.1',
      '127.0.0.1',
    ],
    CTXD_COLLECTOR_AUTH: ['0: on 127.0.0.1, the collector takes reports from every user of this machine'],
    CTXD_RECEIVER_AUTH: [
      '0: every user of this machine may read and write sessions, and browsers need no sign-in',
    ],
    CTXD_RETENTION: ['How long metrics are kept, such as 30d or 1y', defaultRetention],
    CTXD_PROJECT: ['Name of the compose project (docker)', 'ctxd'],
    CTXD_RELEASES_URL: ['Mirror of the release sites (native)'],
    GRAFANA_HOME: ['Folder of an unpacked Grafana (native)'],
  }),
  remote: group('Other stacks and stores', '`stack:up` and the commands that show sessions', {
    CTXD_REMOTE_URL: [
      'URL of a stack on another machine that gets a copy of all metrics, such as https://ctxd.example',
    ],
    CTXD_REMOTE_TOKEN_FILE: ['File with the token that it requires', '', secret],
    CTXD_REMOTE_CA_FILE: ['File with the certificate of your own certificate authority'],
    CTXD_REMOTE_TLS: ['0 allows http beyond this machine: token and metrics then travel unencrypted', '1'],
    CTXD_METRICS_WRITE_URL: [
      'Where a store of your own takes metrics by OTLP over HTTP, such as http://127.0.0.1:9090/api/v1/otlp/v1/metrics',
    ],
    CTXD_METRICS_TOKEN_FILE: ['File with the bearer token of that store', '', secret],
    CTXD_METRICS_CA_FILE: ['File with the certificate of the authority of that store'],
    CTXD_METRICS_QUERY_URL: ['Where the commands query that store, such as http://127.0.0.1:9090'],
    HTTPS_PROXY: ['Proxy on the way to it, if its URL starts with https'],
    NO_PROXY: ['Hosts that are reached without the proxy'],
  }),
  ports: {
    ...group('Ports', 'all commands', Object.fromEntries(portRows)),
    pattern: ['CTXD_<PART>_PORT', 'Port of a part, such as CTXD_GRAFANA_PORT.'],
  },
  images: {
    ...group('Images', 'the stack commands', Object.fromEntries(imageRows)),
    pattern: ['CTXD_<PART>_IMAGE', 'Image of a part, for mirrors and air-gapped sites (docker).'],
  },
  thresholds: group('Thresholds', 'the receiver, dashboards, monitor and alerts', {
    CTXD_WARNING_PERCENT: ['The warning threshold, in percent of the context window', '70'],
    CTXD_CRITICAL_PERCENT: ['The critical threshold, in percent of the context window', '90'],
  }),
  alerts: group('Alerts', '`stack:up`', {
    CTXD_ALERT_SLACK_URL_FILE: ['Slack: file with the URL of an incoming webhook', '', secret],
    CTXD_ALERT_DISCORD_URL_FILE: ['Discord: file with the URL of a webhook', '', secret],
    CTXD_ALERT_EMAIL_TO: ['E-mail: address of the recipient'],
    CTXD_ALERT_EMAIL_FROM: ['E-mail: address of the sender', 'the recipient'],
    CTXD_ALERT_EMAIL_SERVER: ['E-mail: mail server, as host:port'],
    CTXD_ALERT_EMAIL_USER: ['E-mail: user name at the mail server'],
    CTXD_ALERT_EMAIL_PASSWORD_FILE: ['E-mail: file with the password', '', secret],
    CTXD_ALERT_EMAIL_TLS: ['E-mail: 0 allows a connection without TLS', '1'],
    CTXD_ALERT_EMAIL_CA_FILE: ['E-mail: file with the certificate of your own certificate authority'],
    CTXD_ALERT_NTFY_URL: ['ntfy: URL of a topic'],
    CTXD_ALERT_NTFY_TOKEN_FILE: ['ntfy: file with an access token', '', secret],
    CTXD_ALERT_TELEGRAM_TOKEN_FILE: ['Telegram: file with the token of a bot', '', secret],
    CTXD_ALERT_TELEGRAM_CHAT_ID: ['Telegram: id of the chat'],
    CTXD_ALERT_TELEGRAM_URL: ['Telegram: URL of your own Bot API server', 'https://api.telegram.org'],
    CTXD_ALERT_DESKTOP: [
      '1 or 0: notifications on this desktop, which only the native runtime can show',
      '1 where there is a desktop',
    ],
    CTXD_ALERT_WEBHOOK_URL: [
      'Any other receiver: Alertmanager posts its JSON there. In containers this machine is host.docker.internal',
    ],
    CTXD_ALERT_WATCHDOG_URL_FILE: [
      'File with the URL of a service that notifies you when the always-firing alert stops arriving',
      '',
      secret,
    ],
    CTXD_ALERT_REPEAT: ['How often an alert that still fires is sent again', '4h'],
    CTXD_ALERT_MUTE: ['When only the inbox gets alerts, such as `22:00-07:00, saturday`'],
    CTXD_ALERT_GRAFANA_URL: ['Where phones reach Grafana: notifications then link to it'],
    CTXD_ALERT_RUNBOOK_BASE: ['Folder or URL of the runbooks', 'alerts/runbooks'],
    CTXD_ALERT_COMPACTION_PERCENT: [
      'ContextCompactionImminent fires at this share of the compaction point',
      '95',
    ],
    CTXD_ALERT_RATE_LIMIT_PERCENT: [
      'RateLimitNearlyReached fires at this share of a rate limit. Default: the critical threshold',
    ],
    CTXD_ALERT_FAST_POINTS: ['ContextFillingFast fires at this many percentage points in 5 minutes', '25'],
    CTXD_ALERT_FULL_SOON_MINUTES: ['ContextFullSoon fires when this many minutes are left', '10'],
    CTXD_ALERT_OVERDUE_MINUTES: ['CheckpointOverdue fires after this many minutes', '10'],
    CTXD_ALERT_HOLD_SECONDS: ['Shortest time for which a crossing keeps its alert firing', '10'],
    CTXD_ALERT_INTERVAL_SECONDS: ['How often the urgent rules are evaluated', '1'],
  }),
  receiver: group('Receiver', 'the receiver', {
    CTXD_MODEL_WINDOWS: ['Window sizes by model, such as `claude-opus-5=1000000`'],
    CTXD_HOST_NAME: ['Name of this machine in the metrics', 'its host name'],
    CTXD_NUDGE: ['What `connect --nudge` lets a session read; `{percent}` and `{left}` are filled in'],
    CTXD_MAX_SESSIONS: ['Most live sessions. Beyond it, those that were idle longest are dropped', '10000'],
    CTXD_HASH_ACCOUNTS: ['1: metrics and alerts have a hash in place of each account’s id'],
    CTXD_TRANSCRIPTS_DIR: ['Folder of the transcripts to read; empty: none are read', '~/.claude/projects'],
    CTXD_SESSIONS_DIR: ['Folder of the session files to read; empty: none are read', '~/.claude/sessions'],
    CTXD_RECEIVER_TOKEN: [
      'Token of a receiver without the stack: it requires it; connect and the commands send it',
    ],
    CTXD_RECEIVER_TOKEN_FILE: ['File with the token that the receiver requires', '', secret],
    CTXD_RECEIVER_LISTEN: ['host:port to listen on, in place of CTXD_RECEIVER_PORT on 127.0.0.1'],
    CTXD_RECEIVER_HOSTS: ['Other host names that requests may use, separated by commas'],
    CTXD_RECEIVER_SHIELDED: ['1: no token needed beyond 127.0.0.1, as in a container'],
    CTXD_RECEIVER_DATA_DIR: ['Folder of its snapshot', 'data/receiver in CTXD_STATE_DIR'],
  }),
  clients: group('Clients', 'commands and programs that send metrics or query them', {
    CTXD_COLLECTOR_TOKEN_FILE: ['File with the token that the collector requires', '', secret],
    CTXD_NO_UPDATE_CHECK: ['1: never looks for a newer version of ctxd'],
    CTXD_TOKEN: ['Bearer token for VictoriaMetrics, unless --token-file is given'],
  }),
  internal: group('Internal', 'the parts; the stack sets them', {
    CTXD_OTLP_LISTEN: ['Where the collector listens'],
    CTXD_HEALTH_LISTEN: ['Where the collector answers health checks'],
    CTXD_QUEUE_DIR: ["Folder of the collector's queue"],
    CTXD_TOKEN_FILE: ["File with the collector's token", '', secret],
    CTXD_RECEIVER_URL: ['Where the collector reaches the receiver'],
    CTXD_CLAUDE_DIR: ["Claude Code's folder, for the receiver's container"],
    CTXD_VICTORIAMETRICS_URL: ['Where the collector, Grafana and the receiver reach VictoriaMetrics'],
    CTXD_VICTORIAMETRICS_USER: ['User of VictoriaMetrics and vmalert'],
    CTXD_VICTORIAMETRICS_PASSWORD_FILE: ['File with the password of VictoriaMetrics and vmalert', '', secret],
    CTXD_VICTORIAMETRICS_CREDENTIALS_FILE: [
      'File with user and password in base64, for the collector',
      '',
      secret,
    ],
    CTXD_VMALERT_URL: ['Where the page reaches vmalert'],
    CTXD_ALERTMANAGER_URL: ['Where the receiver reaches Alertmanager'],
    CTXD_VICTORIAMETRICS_ADDRESS: ['Where VictoriaMetrics scrapes itself'],
    CTXD_VMALERT_ADDRESS: ['Where VictoriaMetrics scrapes vmalert'],
    CTXD_ALERTMANAGER_ADDRESS: ['Where VictoriaMetrics scrapes Alertmanager'],
    CTXD_ALERTMANAGER_USER: ["Alertmanager's user"],
    CTXD_ALERTMANAGER_PASSWORD_FILE: ["File with Alertmanager's password", '', secret],
    CTXD_GRAFANA_ADDRESS: ['Where VictoriaMetrics scrapes Grafana'],
    CTXD_DASHBOARDS_DIR: ["Folder of Grafana's dashboards"],
    CTXD_USER: ['User and group of the containers'],
    CTXD_PART_OF: ['Marks the processes of a native stack'],
  }),
  tests: group('Tests', 'the tests of this repository', {
    CTXD_CHROMIUM: ['Chromium for the tests of the page, and for its bench', 'the first on the PATH'],
    CTXD_RUNTIME: ['docker or native: the runtime that tests use'],
    CTXD_TEST_DIR: ['Folder of the tests, for their webhook'],
    CTXD_TEST_NODE_IMAGE: ['Image that their webhook runs in'],
    CTXD_TEST_WEBHOOK_PORT: ['Port of their webhook'],
  }),
} as const satisfies Record<string, VariableGroup>;

/** All environment variables. */
export const variables: readonly Variable[] = Object.values(variableGroups).flatMap(
  ({ variables }) => variables,
);

/** The lines of some groups for `--help`: name, meaning and default of each variable. */
export function variablesHelp(...groups: readonly (keyof typeof variableGroups)[]): string {
  return groups.flatMap((name) => helpOf(variableGroups[name])).join('\n');
}

function helpOf({ pattern, variables }: VariableGroup): string[] {
  const rows =
    pattern === undefined
      ? variables.map((variable) => [variable.name, sentenceOf(variable)] as const)
      : [pattern];
  return rows.flatMap(([name, sentence]) =>
    wrapped(sentence).map((line, index) => `  ${(index === 0 ? name : '').padEnd(nameWidth)}  ${line}`),
  );
}

function sentenceOf({ meaning, default: fallback }: Variable): string {
  return `${meaning}.${fallback === undefined ? '' : ` Default: ${fallback}.`}`;
}

const [nameWidth, textWidth] = [30, 78];

function wrapped(text: string): string[] {
  const [first = '', ...words] = text.split(' ');
  return words
    .reduce(
      ([line = '', ...before], word) =>
        line.length + word.length < textWidth ? [`${line} ${word}`, ...before] : [word, line, ...before],
      [first],
    )
    .toReversed();
}
