import { urlOf } from './health.ts';
import { runCommand } from './command.ts';
import type { Stack } from './runtime.ts';
import { StackError } from './stack-error.ts';
import type { StackRecord } from './state.ts';

/** Opens Grafana in the browser; without Grafana, the page where VictoriaMetrics answers queries. */
export async function openBrowser({ ports, env, print }: Stack, record: StackRecord): Promise<string> {
  const name = record.parts.includes('grafana') ? 'grafana' : 'victoriametrics';
  const url = urlOf({ name }, ports) + (name === 'grafana' ? '' : '/vmui/');
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const { exitCode } = await runCommand(command, [url], { env, timeoutMillis: 10_000 });
  if (exitCode !== 0) {
    throw new StackError(`No browser could be started with ${command}.`, { remedy: `Open ${url} by hand.` });
  }
  print(`Opened ${url}`);
  return url;
}
