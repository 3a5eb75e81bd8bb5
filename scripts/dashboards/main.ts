import { thresholdsFrom } from '#thresholds';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { pushDashboards } from './push.ts';
import { messageOf } from '../../compose/runtime/stack-error.ts';

const usage = `Usage: GRAFANA_URL=https://grafana.example GRAFANA_TOKEN=glsa_… npm run dashboards:push

  Puts the dashboards into a Grafana of yours, 12.2 or newer, in the folder “ctxd”. What is there already is left alone.

  GRAFANA_URL    Where Grafana is, sub-path included.
  GRAFANA_TOKEN  A token of a service account with the role Editor: Administration, Users and access, Service accounts.`;

const { GRAFANA_URL: url, GRAFANA_TOKEN: token } = process.env;

if (process.argv.includes('--help')) console.log(usage);
else if (!url || !token) fail(`Expected GRAFANA_URL and GRAFANA_TOKEN to be set.\n\n${usage}`, 2);
else await push(url, token).catch((error: unknown) => fail(messageOf(error), 1));

async function push(url: string, token: string): Promise<void> {
  const dashboards = dashboardFiles(thresholdsFrom(process.env)).values();
  await pushDashboards({ url, token, dashboards });
}

function fail(message: string, exitCode: number): void {
  console.error(message);
  process.exitCode = exitCode;
}
