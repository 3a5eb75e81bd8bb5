import type { Image, Login, Part, PartName } from './part.ts';
import { isPackage, moduleExtension } from './system/folders.ts';

export type { Image, Login, Part, PartName, Surroundings } from './part.ts';

const victoriaMetricsVersion = '1.151.0';

/** How long metrics are kept when `CTXD_RETENTION` is not set. */
export const defaultRetention = '90d';

const collector: Part = {
  name: 'collector',
  comment: [
    'Receives OTLP over HTTP and forwards it to VictoriaMetrics and the receiver.',
    'Its queue of metrics is on disk: acknowledged metrics are not lost.',
  ],
  version: '0.162.0',
  image: {
    name: 'otel/opentelemetry-collector-contrib',
    tag: '0.162.0',
    digest: 'sha256:39923a8e431bd1f57be82411999d389fcfe40857492e4365456d97a4c1f74be6',
    dataDir: '/var/lib/otelcol',
    wget: false,
  },
  port: 4318,
  healthPort: 13133,
  healthPath: '/',
  after: [],
  files: [
    'collectorConfig',
    'collectorAccess',
    'collectorToken',
    'receiverToken',
    'remoteToken',
    'remoteAuthority',
    'metricsToken',
    'metricsAuthority',
    'victoriametricsCredentials',
  ],
  opens: true,
  memoryLimit: '768m',
  passes: ['HTTPS_PROXY', 'NO_PROXY', 'https_proxy', 'no_proxy'],
  check: { before: ['validate'] },
  args: (at) => [`--config=${at.file('collectorConfig')}`, `--config=${at.file('collectorAccess')}`],
  env: (at) => ({
    CTXD_OTLP_LISTEN: at.listen(),
    CTXD_HEALTH_LISTEN: at.listen('health'),
    CTXD_QUEUE_DIR: at.dataDir,
    CTXD_VICTORIAMETRICS_URL: at.url('victoriametrics'),
    CTXD_VICTORIAMETRICS_CREDENTIALS_FILE: at.file('victoriametricsCredentials'),
    CTXD_RECEIVER_URL: at.url('receiver'),
    CTXD_RECEIVER_TOKEN_FILE: at.file('receiverToken'),
    CTXD_TOKEN_FILE: at.file('collectorToken'),
    CTXD_REMOTE_TOKEN_FILE: at.file('remoteToken'),
    CTXD_REMOTE_CA_FILE: at.file('remoteAuthority'),
    CTXD_METRICS_TOKEN_FILE: at.file('metricsToken'),
    CTXD_METRICS_CA_FILE: at.file('metricsAuthority'),
  }),
};

/** Alertmanager's login. Without one, any web page in a browser could use Alertmanager, which has no flag against that. */
export const alertmanagerLogin: Login = { user: 'ctxd', passwordFile: 'alertmanagerPassword' };

/**
 * The login of VictoriaMetrics and vmalert. Without one, any web page in a browser could send samples. The password contains a
 * line break, so that nobody can type it into a browser, which would send it with requests of other sites' pages, too.
 */
export const storeLogin: Login = {
  user: 'ctxd',
  passwordFile: 'victoriametricsPassword',
  hasOpenHealth: true,
};

const victoriaMetricsKeys = [
  'delete',
  'snapshot',
  'forceMerge',
  'search.resetCache',
  'metricNamesStatsReset',
  'logNewSeries',
  'reload',
  'config',
  'flags',
  'pprof',
];

const victoriametrics: Part = {
  name: 'victoriametrics',
  comment: [
    'Stores the metrics and answers PromQL queries.',
    'Tuned so that a new session is visible within 5 s; admin endpoints need a key.',
  ],
  version: victoriaMetricsVersion,
  image: {
    name: 'victoriametrics/victoria-metrics',
    tag: `v${victoriaMetricsVersion}`,
    digest: 'sha256:6d164540a04f49ba4e696cbdb70f9fee78be1e94b8f2a1292743a0b1ab8275bd',
    dataDir: '/victoria-metrics-data',
    wget: true,
  },
  port: 8428,
  healthPath: '/health',
  after: [],
  login: storeLogin,
  files: [
    'victoriametricsKey',
    'relabelConfig',
    'scrapeConfig',
    storeLogin.passwordFile,
    alertmanagerLogin.passwordFile,
  ],
  memoryLimit: '1g',
  check: { before: ['-dryRun'] },
  args: (at) => [
    `-httpListenAddr=${at.listen()}`,
    `-storageDataPath=${at.dataDir}`,
    `-retentionPeriod=${at.setting('CTXD_RETENTION', defaultRetention)}`,
    // Far more than one person's sessions need, far less than would fill this machine.
    '-storage.maxHourlySeries=1000000',
    '-storage.maxDailySeries=5000000',
    // It stops storing before the disk is full, so that the collector can still queue.
    '-storage.minFreeDiskSpaceBytes=64MiB',
    '-maxLabelsPerTimeseries=40',
    '-maxLabelValueLen=1024',
    '-memory.allowedBytes=256MiB',
    '-opentelemetry.usePrometheusNaming',
    '-opentelemetry.promoteScopeMetadata=false',
    '-opentelemetry.promoteAllResourceAttributes=false',
    '-opentelemetry.promoteResourceAttributes=service.name,service.instance.id',
    '-search.latencyOffset=1ms',
    // A session that does not change is stored every 15 s: a chart must not have gaps after a time of one point per second.
    '-search.minStalenessInterval=30s',
    // Rules read the details of firing sessions only, up to this many: with 10,000 live sessions that saves a third.
    '-search.maxBinaryOpPushdownLabelValues=5000',
    '-storage.cacheSizeIndexDBTagFilters=1',
    '-inmemoryDataFlushInterval=1s',
    `-vmalert.proxyURL=${at.url('vmalert')}`,
    '-selfScrapeInterval=5s',
    `-relabelConfig=${at.file('relabelConfig')}`,
    `-promscrape.config=${at.file('scrapeConfig')}`,
    // It flushes itself (see scrape.yaml) and would log every flush.
    '-loggerLevel=WARN',
    '-http.disableCORS',
    ...passwordFor('httpAuth', 'password', `file://${at.file(storeLogin.passwordFile)}`),
    ...authKeys(victoriaMetricsKeys, at.file('victoriametricsKey')),
  ],
  env: (at) => ({
    CTXD_VICTORIAMETRICS_ADDRESS: addressOf(at.url('victoriametrics')),
    CTXD_VMALERT_ADDRESS: addressOf(at.url('vmalert')),
    CTXD_ALERTMANAGER_ADDRESS: addressOf(at.url('alertmanager')),
    CTXD_VICTORIAMETRICS_USER: storeLogin.user,
    CTXD_VICTORIAMETRICS_PASSWORD_FILE: at.file(storeLogin.passwordFile),
    CTXD_ALERTMANAGER_USER: alertmanagerLogin.user,
    CTXD_ALERTMANAGER_PASSWORD_FILE: at.file(alertmanagerLogin.passwordFile),
    CTXD_GRAFANA_ADDRESS: addressOf(at.url('grafana')),
  }),
};

const vmalert: Part = {
  name: 'vmalert',
  comment: [
    'Evaluates the alert rules every second.',
    'Starts after VictoriaMetrics, because it restores pending alerts only when it starts.',
  ],
  version: victoriaMetricsVersion,
  image: {
    name: 'victoriametrics/vmalert',
    tag: `v${victoriaMetricsVersion}`,
    digest: 'sha256:e519f14c31f4d68015702e684a0fc3f1b4e559aa985d8f4462768f07f55b05c9',
    dataDir: '/vmalert-data',
    wget: true,
  },
  port: 8880,
  healthPath: '/health',
  after: ['victoriametrics'],
  login: storeLogin,
  files: ['rules', 'vmalertKey', storeLogin.passwordFile, alertmanagerLogin.passwordFile],
  memoryLimit: '256m',
  check: { before: ['-dryRun'] },
  args: (at) => [
    `-httpListenAddr=${at.listen()}`,
    `-rule=${at.file('rules')}/rules.yaml`,
    `-datasource.url=${at.url('victoriametrics')}`,
    `-remoteWrite.url=${at.url('victoriametrics')}`,
    `-remoteRead.url=${at.url('victoriametrics')}`,
    `-notifier.url=${at.url('alertmanager')}`,
    ...passwordFor('httpAuth', 'password', `file://${at.file(storeLogin.passwordFile)}`),
    ...['datasource', 'remoteWrite', 'remoteRead'].flatMap((server) =>
      passwordFor(`${server}.basicAuth`, 'passwordFile', at.file(storeLogin.passwordFile)),
    ),
    ...passwordFor('notifier.basicAuth', 'passwordFile', at.file(alertmanagerLogin.passwordFile)),
    `-external.url=${at.publicUrl('vmalert')}`,
    '-rule.evalDelay=0s',
    '-group.maxStartDelay=1s',
    // Alertmanager resolves an alert after four missed resends; 60 s outlasts a store restart.
    '-rule.resendDelay=15s',
    '-datasource.queryStep=30s',
    '-http.disableCORS',
    ...authKeys(['reload', 'flags', 'pprof'], at.file('vmalertKey')),
  ],
  env: () => ({}),
};

const alertmanager: Part = {
  name: 'alertmanager',
  comment: [
    'Groups alerts and sends notifications.',
    'A single instance without a cluster port; writes silences and its notification log every 2 s.',
  ],
  version: '0.31.1',
  image: {
    name: 'prom/alertmanager',
    tag: 'v0.31.1',
    digest: 'sha256:88b605de9aba0410775c1eb3438f951115054e0d307f23f274a4c705f51630c1',
    dataDir: '/alertmanager',
    wget: true,
  },
  port: 9093,
  healthPath: '/-/ready',
  after: [],
  login: alertmanagerLogin,
  files: [
    'alertmanagerConfig',
    'alertmanagerAccess',
    alertmanagerLogin.passwordFile,
    'receiverToken',
    'alertSecrets',
  ],
  memoryLimit: '256m',
  // It has no check mode: it is started, and stopped once it has read both of its files.
  check: { accepted: /TLS is disabled/ },
  args: (at) => [
    `--config.file=${at.file('alertmanagerConfig')}`,
    `--storage.path=${at.dataDir}`,
    // If killed, it repeats notifications sent since the last write. With 1,000 in 5 days a write takes 20 ms of CPU.
    '--data.maintenance-interval=2s',
    `--web.config.file=${at.file('alertmanagerAccess')}`,
    `--web.listen-address=${at.listen()}`,
    `--web.external-url=${at.publicUrl('alertmanager')}`,
    '--cluster.listen-address=',
    '--enable-feature=receiver-name-in-metrics',
  ],
  env: () => ({}),
};

const receiver: Part = {
  name: 'receiver',
  comment: [
    'Builds sessions from what Claude Code reports, sends their metrics to the collector, and serves the page.',
    'Runs this code; its sessions survive a restart.',
  ],
  version: '26.10.0',
  image: {
    name: 'node',
    tag: '26.10.0',
    digest: 'sha256:a723b54c35a76e947095a20a67d39585bb09c862e6b1adeb8a9f518f95e34fb0',
    dataDir: '/var/lib/ctxd-receiver',
    command: ['node'],
    wget: true,
  },
  port: 4319,
  healthPath: '/readyz',
  after: [],
  files: [
    'receiverEntry',
    'dashboardsCode',
    // The package's receiver is one file.
    ...(isPackage ? [] : (['instrumentation', 'packageFile', 'dependencies'] as const)),
    'collectorToken',
    'receiverToken',
    storeLogin.passwordFile,
    alertmanagerLogin.passwordFile,
  ],
  readsClaude: true,
  memoryLimit: '512m',
  passes: [
    'CLAUDE_CODE_MAX_CONTEXT_TOKENS',
    'CLAUDE_CODE_AUTO_COMPACT_WINDOW',
    'CLAUDE_CODE_DISABLE_1M_CONTEXT',
    'CTXD_MODEL_WINDOWS',
    'CTXD_HOST_NAME',
    'CTXD_HASH_ACCOUNTS',
    'CTXD_MAX_SESSIONS',
    'CTXD_WARNING_PERCENT',
    'CTXD_CRITICAL_PERCENT',
    'CTXD_ALERT_COMPACTION_PERCENT',
    'CTXD_NUDGE',
  ],
  check: { after: ['--check'] },
  args: (at) => [`${at.file('receiverEntry')}/main${moduleExtension}`],
  env: (at) => ({
    CTXD_RECEIVER_LISTEN: at.listen(),
    CTXD_RECEIVER_DATA_DIR: at.dataDir,
    CTXD_RECEIVER_HOSTS: 'receiver',
    ...(at.claudeDir && { CLAUDE_CONFIG_DIR: at.claudeDir }),
    // The token of a receiver that the user runs without the stack does not apply.
    CTXD_RECEIVER_TOKEN: '',
    CTXD_RECEIVER_TOKEN_FILE: at.file('receiverToken'),
    CTXD_RECEIVER_AUTH: at.setting('CTXD_RECEIVER_AUTH', '1'),
    // Both runtimes make it reachable from this machine only.
    CTXD_RECEIVER_SHIELDED: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: at.url('collector'),
    CTXD_COLLECTOR_TOKEN_FILE: at.file('collectorToken'),
    // What the page and the watch of the alerts read.
    CTXD_VICTORIAMETRICS_URL: at.url('victoriametrics'),
    CTXD_VICTORIAMETRICS_USER: storeLogin.user,
    CTXD_VICTORIAMETRICS_PASSWORD_FILE: at.file(storeLogin.passwordFile),
    CTXD_VMALERT_URL: at.url('vmalert'),
    CTXD_ALERTMANAGER_URL: at.url('alertmanager'),
    CTXD_ALERTMANAGER_USER: alertmanagerLogin.user,
    CTXD_ALERTMANAGER_PASSWORD_FILE: at.file(alertmanagerLogin.passwordFile),
  }),
};

const grafana: Part = {
  name: 'grafana',
  comment: [
    'Shows the dashboards; reads data source and dashboards from files.',
    'Makes no calls to the internet; requires a password.',
  ],
  version: '13.2.3',
  image: {
    name: 'grafana/grafana',
    tag: '13.2.3',
    digest: 'sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
    dataDir: '/var/lib/grafana',
    wget: true,
  },
  port: 3000,
  healthPath: '/api/health',
  after: [],
  files: ['grafanaProvisioning', 'dashboards', 'grafanaPassword', storeLogin.passwordFile],
  parsed: ['grafanaProvisioning', 'dashboards'],
  optional: true,
  opens: true,
  memoryLimit: '512m',
  args: () => [],
  env: (at) => ({
    CTXD_VICTORIAMETRICS_URL: at.url('victoriametrics'),
    CTXD_DASHBOARDS_DIR: at.file('dashboards'),
    ...listenSettings(at.listen()),
    GF_SERVER_ROOT_URL: at.publicUrl('grafana'),
    // A refresh moves a tenth of the bytes.
    GF_SERVER_ENABLE_GZIP: 'true',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${at.file('dashboards')}/ctxd-context-overview.json`,
    GF_PATHS_DATA: at.dataDir,
    GF_PATHS_LOGS: `${at.dataDir}/log`,
    GF_PATHS_PLUGINS: `${at.dataDir}/plugins`,
    GF_PATHS_PROVISIONING: at.file('grafanaProvisioning'),
    GF_LOG_MODE: 'console',
    // Grafana's own file provider, because only the image's start script understands `GF_…__FILE`.
    GF_SECURITY_ADMIN_PASSWORD: `$__file{${at.file('grafanaPassword')}}`,
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
  }),
};

const byName: Readonly<Record<PartName, Part>> = {
  collector,
  victoriametrics,
  alertmanager,
  vmalert,
  receiver,
  grafana,
};

/** All parts, in the order in which they start. */
export const parts: readonly Part[] = Object.values(byName);

/** The names of these parts, in order. */
export function namesOf(some: readonly Part[]): PartName[] {
  return some.map(({ name }) => name);
}

/** The part with that name. */
export function partNamed(name: PartName): Part {
  return byName[name];
}

/** A record with one value per part. */
export function forEachPart<T>(make: (part: Part) => T): Readonly<Record<PartName, T>> {
  return {
    collector: make(collector),
    victoriametrics: make(victoriametrics),
    alertmanager: make(alertmanager),
    vmalert: make(vmalert),
    receiver: make(receiver),
    grafana: make(grafana),
  };
}

/** An image reference for Docker: name, tag and digest. */
export function imageReference({ name, tag, digest }: Image): string {
  return `${name}:${tag}@${digest}`;
}

/** The environment variable that replaces a part's image, for mirrors and air-gapped sites. */
export function imageVariable(name: PartName): string {
  return `CTXD_${name.toUpperCase()}_IMAGE`;
}

const authKeys = (names: readonly string[], file: string) =>
  names.map((name) => `-${name}AuthKey=file://${file}`);

/** Both logins have the same user. */
const passwordFor = (prefix: string, flag: string, value: string) => [
  `-${prefix}.username=${storeLogin.user}`,
  `-${prefix}.${flag}=${value}`,
];

const addressOf = (url: string) => new URL(url).host;

function listenSettings(address: string): Record<string, string> {
  const [host = '', port = ''] = address.split(':');
  return { GF_SERVER_HTTP_ADDR: host, GF_SERVER_HTTP_PORT: port };
}
