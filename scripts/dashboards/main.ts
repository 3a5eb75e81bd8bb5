import { thresholdsFrom } from '#thresholds';
import { exitCodes, UsageError } from '../../compose/system/stack-error.ts';
import { dashboardFiles, dashboardInPrometheus } from '../../dashboards/grafana/dashboard-file.ts';
import { didYouMean } from '../reach/nearest.ts';
import type { Surface } from '../reach/surface.ts';
import { pushDashboards } from './push.ts';

const usage = `Usage: GRAFANA_URL=https://grafana.example GRAFANA_TOKEN=glsa_… npm run dashboards:push [-- --prometheus]
   or: ctxd dashboards push [--prometheus]

  Uploads the dashboards to your own Grafana, 12.2 or newer, into the folder “ctxd”. Leaves unchanged ones alone.

  --prometheus   In PromQL, for Prometheus and stores that speak its language. Default: for VictoriaMetrics.

  GRAFANA_URL    Grafana's URL, including any sub-path.
  GRAFANA_TOKEN  Token of a service account with the role Editor: Administration, Users and access, Service accounts.`;

/** Runs `ctxd dashboards` and returns its exit status. */
export async function dashboardsCommand(
  args: readonly string[],
  { env, print }: Pick<Surface, 'env' | 'print'>,
): Promise<number> {
  const isPrometheus = args.includes('--prometheus');
  const [word = '', ...rest] = args.filter((argument) => argument !== '--prometheus');
  if (args.includes('--help') || args.includes('-h')) {
    print(usage);
    return exitCodes.ok;
  }
  if (word !== 'push' || rest.length > 0) {
    const remedy = didYouMean(word, ['push']);
    throw new UsageError(`Expected push, got \`${args.join(' ')}\``, remedy === undefined ? {} : { remedy });
  }
  const { GRAFANA_URL: url, GRAFANA_TOKEN: token } = env;
  if (!url || !token) throw new UsageError(`Expected GRAFANA_URL and GRAFANA_TOKEN to be set.\n\n${usage}`);
  const files = [...dashboardFiles(thresholdsFrom(env)).values()];
  const dashboards = isPrometheus ? files.map(dashboardInPrometheus) : files;
  await pushDashboards({ url, token, dashboards, print });
  return exitCodes.ok;
}
