import { readRegularFile } from '#regular-file';
import { wantsToken } from '../../compose/collector-access.ts';
import { type Part, partNamed } from '../../compose/parts.ts';
import { bytesInWords } from '../../compose/system/bytes.ts';
import { isReadOnly, urlOf } from '../../compose/runtime/health.ts';
import { authorizationFor } from '../../compose/runtime/login.ts';
import { dataPathWorks, dataSourceWorks } from './probe.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes, StackError } from '../../compose/system/stack-error.ts';
import { sharedPath } from '../../compose/runtime/state.ts';
import { freeBytes } from '../../compose/runtime/machine.ts';

/**
 * Sends a sample through the collector and reads it back with PromQL, and then through Grafana's data source.
 *
 * @throws StackError when the sample does not arrive
 */
export async function checkDataPath(parts: readonly Part[], stack: Stack): Promise<void> {
  const { stateDir, ports, env, signal, timeoutMillis = 30_000 } = stack;
  const [collectorUrl, victoriaMetricsUrl] = [urlOf('collector', ports), urlOf('victoriametrics', ports)];
  const token = await readRegularFile(sharedPath(stateDir, 'collectorToken'));
  const authenticated = { ...(wantsToken(env) && { token }), timeoutMillis: Math.min(timeoutMillis, 30_000) };
  const storeAuthorization = await authorizationFor(partNamed('victoriametrics'), stateDir);
  // Another machine stores the samples.
  if (!parts.some(({ name }) => name === 'victoriametrics')) return;
  const probe = { collectorUrl, victoriaMetricsUrl, storeAuthorization, signal, ...authenticated };
  if (!(await dataPathWorks(probe))) throw await notReadBack(collectorUrl, victoriaMetricsUrl, stack);
  if (parts.some(({ name }) => name === 'grafana')) await checkDataSource(stack);
}

async function notReadBack(
  collectorUrl: string,
  victoriaMetricsUrl: string,
  stack: Stack,
): Promise<StackError> {
  const { stateDir } = stack;
  if (await isReadOnly(stack)) {
    const free = bytesInWords(await freeBytes(stateDir));
    return new StackError(`victoriametrics accepts no samples: the disk is full, ${free} are free.`, {
      remedy: `Free some space on the disk of ${stateDir}; it then resumes by itself.`,
      exitCode: exitCodes.notHealthy,
    });
  }
  return new StackError(`A sample sent to ${collectorUrl} did not reach ${victoriaMetricsUrl} in time.`, {
    remedy: 'See their logs: npm run stack:logs',
    exitCode: exitCodes.notHealthy,
  });
}

async function checkDataSource({ stateDir, ports, warn }: Stack): Promise<void> {
  const password = await readRegularFile(sharedPath(stateDir, 'grafanaPassword'));
  const url = urlOf('grafana', ports);
  const works = await dataSourceWorks(url, password);
  if (works === 'refused')
    warn('The password of Grafana has been changed, so its data source was not checked.');
  if (works !== 'no') return;
  throw new StackError(`Grafana at ${url} does not get the sample from its data source.`, {
    remedy: 'See its log: npm run stack:logs grafana',
    exitCode: exitCodes.notHealthy,
  });
}
