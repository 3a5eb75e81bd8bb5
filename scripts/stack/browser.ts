import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartName } from '../../compose/parts.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';

/** A browser that has not failed by then is open. Some launchers run until the browser is closed. */
const patienceMillis = 3_000;

/** Opens Grafana in the browser or, without Grafana or with `page`, the receiver's page. */
export async function openBrowser(
  { ports, env, print }: Stack,
  { parts }: StackRecord,
  { page = false } = {},
): Promise<string> {
  const names: readonly PartName[] = page ? ['receiver'] : ['grafana', 'receiver'];
  const name = names.find((one) => parts.includes(one));
  if (name === undefined) {
    throw new StackError('The stack runs without the receiver, which serves the page.', {
      remedy: 'Start it, too: npm run stack:up',
    });
  }
  const url = `${urlOf(name, ports)}${name === 'receiver' ? '/' : ''}`;
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  if (await hasFailed(command, url, env)) {
    throw new StackError(`No browser could be started with ${command}.`, { remedy: `Open ${url} by hand.` });
  }
  print(`Opened ${url}`);
  return url;
}

async function hasFailed(command: string, url: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const browser = spawn(command, [url], { env, detached: true, stdio: 'ignore' });
  browser.unref();
  const patience = new AbortController();
  const ended = once(browser, 'exit', { signal: patience.signal }).then(([exitCode]) => exitCode !== 0);
  const open = sleep(patienceMillis, false, { signal: patience.signal });
  try {
    return await Promise.race([ended, open]);
  } catch {
    // The command does not exist.
    return true;
  } finally {
    patience.abort();
    await Promise.allSettled([ended, open]);
  }
}
