/** A file or folder that a part reads, and where it comes from. */
interface SharedFile {
  /** `repository`: as committed; `state`: written by `stack:up` into the state folder. */
  readonly from: 'repository' | 'state';
  /** Path below that folder. */
  readonly path: string;
}

/** The files that the parts read. A file that is replaced while it is mounted is shared as its folder. */
export const sharedFiles = {
  collectorConfig: { from: 'repository', path: 'compose/collector.yaml' },
  instrumentation: { from: 'repository', path: 'instrumentation' },
  dashboardsCode: { from: 'repository', path: 'dashboards' },
  receiverEntry: { from: 'repository', path: 'scripts/receiver' },
  packageFile: { from: 'repository', path: 'package.json' },
  dependencies: { from: 'repository', path: 'node_modules' },
  grafanaProvisioning: { from: 'state', path: 'config/provisioning' },
  dashboards: { from: 'state', path: 'config/dashboards' },
  relabelConfig: { from: 'repository', path: 'compose/relabel.yaml' },
  scrapeConfig: { from: 'state', path: 'config/scrape.yaml' },
  rules: { from: 'state', path: 'config/rules' },
  alertSecrets: { from: 'state', path: 'secrets/alerts' },
  alertmanagerConfig: { from: 'state', path: 'config/alertmanager.yaml' },
  alertmanagerAccess: { from: 'state', path: 'config/alertmanager-access.yaml' },
  alertmanagerPassword: { from: 'state', path: 'secrets/alertmanager-password' },
  collectorAccess: { from: 'state', path: 'config/collector-access.yaml' },
  remoteToken: { from: 'state', path: 'secrets/remote-token' },
  remoteAuthority: { from: 'state', path: 'config/remote-authority.pem' },
  metricsToken: { from: 'state', path: 'secrets/metrics-token' },
  metricsAuthority: { from: 'state', path: 'config/metrics-authority.pem' },
  collectorToken: { from: 'state', path: 'secrets/collector-token' },
  receiverToken: { from: 'state', path: 'secrets/receiver-token' },
  victoriametricsPassword: { from: 'state', path: 'secrets/victoriametrics-password' },
  victoriametricsCredentials: { from: 'state', path: 'secrets/victoriametrics-credentials' },
  victoriametricsKey: { from: 'state', path: 'secrets/victoriametrics-key' },
  vmalertKey: { from: 'state', path: 'secrets/vmalert-key' },
  grafanaPassword: { from: 'state', path: 'secrets/grafana-password' },
} as const satisfies Record<string, SharedFile>;

/** The name of a shared file. */
export type FileName = keyof typeof sharedFiles;
