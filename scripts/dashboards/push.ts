import { isDeepStrictEqual } from 'node:util';
import { defaultThresholds } from '#thresholds';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { GrafanaApi, type GrafanaAccess } from './grafana-api.ts';

/** What to push and where to report it. */
export interface PushOptions extends GrafanaAccess {
  /** Dashboards as JSON. Default: those of this repository, with the default thresholds. */
  readonly dashboards?: Iterable<string>;
  readonly print?: (line: string) => void;
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
}

interface StoredDashboard {
  readonly dashboard: Readonly<Record<string, unknown>>;
  readonly meta: { readonly folderUid?: string; readonly url?: string };
}

const folder = { uid: 'ctxd', title: 'ctxd' };

/**
 * Uploads the dashboards to a user's own Grafana, into the folder “ctxd”. Unchanged dashboards are left alone, so that a second
 * run changes nothing and adds no version.
 *
 * @throws StackError naming what Grafana refused, and the remedy
 */
export async function pushDashboards(options: PushOptions): Promise<void> {
  const { dashboards = dashboardFiles(defaultThresholds).values(), print = console.log } = options;
  const grafana = new GrafanaApi(options);
  const version = await grafana.version();
  print(`Grafana ${version} at ${options.url}, folder “${folder.title}”:`);
  await ensureFolder(grafana);
  const urls: string[] = [];
  for (const json of dashboards) {
    const { done, title, url } = await push(grafana, JSON.parse(json) as Dashboard);
    print(`  ${done.padEnd(9)}  ${title}`);
    urls.push(url);
  }
  print(`Open ${urls[0]} and choose the data source that holds the metrics.`);
}

async function ensureFolder(grafana: GrafanaApi): Promise<void> {
  const { status } = await grafana.get(`api/folders/${folder.uid}`, [404]);
  // 409 and 412: somebody else has just created it.
  if (status === 404) await grafana.post('api/folders', folder, [409, 412]);
}

async function push(grafana: GrafanaApi, dashboard: Dashboard) {
  const { uid, title } = dashboard;
  const url = grafana.urlOf(`d/${uid}`);
  const stored = await grafana.get<StoredDashboard>(`api/dashboards/uid/${uid}`, [404]);
  if (stored.status !== 404 && isSame(stored.body, dashboard)) return { done: 'unchanged', title, url };
  await grafana.post('api/dashboards/db', {
    dashboard: { ...dashboard, id: null },
    folderUid: folder.uid,
    overwrite: true,
    message: 'npm run dashboards:push',
  });
  return { done: stored.status === 404 ? 'created' : 'updated', title, url };
}

/** Grafana adds its own id and counts versions; everything else comes back unchanged. */
function isSame({ dashboard, meta }: StoredDashboard, pushed: Dashboard): boolean {
  const { id: _, version: __, ...stored } = dashboard;
  return meta.folderUid === folder.uid && isDeepStrictEqual(stored, pushed);
}
