import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRegularFile } from '#regular-file';
import { thresholdsFrom } from '#thresholds';
import { alertmanagerConfig } from '../../alerts/alertmanager.ts';
import { deliveryFrom } from '../../alerts/delivery.ts';
import { rulesFile } from '../../alerts/rules.ts';
import { alertSettingsFrom } from '../../alerts/settings.ts';
import { inContainer } from '../../compose/compose-file.ts';
import { sharedFiles } from '../../compose/files.ts';
import { type PartName, partNamed, type Surroundings } from '../../compose/parts.ts';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { secretIn } from './named-file.ts';
import { surroundingsOf } from '../../compose/runtime/surroundings.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { wantsDesktop } from '../receiver/desktop.ts';
import type { RuntimeName } from '../../compose/runtime/state.ts';

/** What the alert files depend on. */
interface AlertStack extends Pick<Stack, 'stateDir' | 'ports' | 'env'> {
  /** The parts that run. Default: all. */
  readonly running?: readonly PartName[];
}

const provisioning = resolve(import.meta.dirname, '../../compose/grafana/provisioning');
const scrapeFile = resolve(import.meta.dirname, '../../compose/scrape.yaml');
const runbooks = resolve(import.meta.dirname, '../../alerts/runbooks');

/**
 * The files for alerts and dashboards, from the settings of the environment: path below the state folder → content.
 *
 * @throws UsageError naming the wrong variable
 */
export async function alertFiles(
  runtime: RuntimeName,
  stack: AlertStack,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await filesFor(runtime, stack);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(messageOf(error), { cause: error });
  }
}

async function filesFor(runtime: RuntimeName, stack: AlertStack) {
  const { env, ports, running } = stack;
  const withGrafana = running?.includes('grafana') ?? true;
  const thresholds = thresholdsFrom(env);
  const at = surroundingsFor(runtime, stack);
  // A container has no desktop.
  const desktop = runtime === 'native' &&
    wantsDesktop(env) && { url: `${at.url('receiver')}/desktop`, tokenFile: at.file('receiverToken') };
  const secretPath = (variable: string) => `${at.file('alertSecrets')}/${variable}`;
  const delivery = deliveryFrom(env, secretPath, desktop || undefined);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const inboxUrl = `${at.url('receiver')}/alerts`;
  const inboxTokenFile = at.file('receiverToken');
  const config = alertmanagerConfig({ inboxUrl, inboxTokenFile, delivery, timeZone });
  const rules = rulesFile({
    thresholds,
    grafanaUrl: withGrafana ? env['CTXD_ALERT_GRAFANA_URL'] || urlOf('grafana', ports) : undefined,
    runbookBase: pathToFileURL(runbooks).href,
    ...alertSettingsFrom(env),
  });
  const secrets = delivery.secrets.map(async ({ variable, written }) => [
    `${sharedFiles.alertSecrets.path}/${variable}`,
    written(await secretIn(env, variable)),
  ]);
  const files = Object.entries(delivery.files).map(([name, content]) => [
    `${sharedFiles.alertSecrets.path}/${name}`,
    content,
  ]);
  const dashboards = [...dashboardFiles(thresholds)].map(([name, json]) => [
    `${sharedFiles.dashboards.path}/${name}`,
    json,
  ]);
  return {
    ...Object.fromEntries([...(await Promise.all(secrets)), ...files, ...dashboards]),
    ...(await grafanaProvisioning(at)),
    [sharedFiles.alertmanagerConfig.path]: config,
    [sharedFiles.scrapeConfig.path]: await scrapeConfig(withGrafana),
    [`${sharedFiles.rules.path}/rules.yaml`]: rules,
  } as Record<string, string>;
}

/** Grafana's provisioning files with the path of the password, because Grafana expands no variable inside `$__file{…}`. */
async function grafanaProvisioning(at: Surroundings): Promise<Record<string, string>> {
  const names = ['dashboards/ctxd.yaml', 'datasources/victoriametrics.yaml'];
  const files = names.map(async (name) => {
    const text = await readRegularFile(join(provisioning, name));
    const password = `$__file{${at.file('victoriametricsPassword')}}`;
    const path = `${sharedFiles.grafanaProvisioning.path}/${name}`;
    return [path, text.replace('$__file{CTXD_VICTORIAMETRICS_PASSWORD_FILE}', () => password)];
  });
  return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
}

/** What VictoriaMetrics scrapes; Grafana only if it runs. */
async function scrapeConfig(withGrafana: boolean): Promise<string> {
  const text = await readRegularFile(scrapeFile);
  const grafanaJob = /  - job_name: grafana\n(?: {4}.*\n)*/;
  return withGrafana ? text : text.replace(grafanaJob, '');
}

function surroundingsFor(runtime: RuntimeName, stack: AlertStack) {
  const part = partNamed('alertmanager');
  return runtime === 'docker' ? inContainer(part) : surroundingsOf(part, stack);
}
