import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartName } from '../../compose/parts.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { receiverTokenIn } from '../../compose/runtime/login.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { type StackRecord, writeOwn } from '../../compose/runtime/state.ts';
import { signInQuery } from '../../instrumentation/src/receiver/http/page-login.ts';

/** A browser that has not failed by then is open. Some launchers run until the browser is closed. */
const patienceMillis = 3_000;

/** Opens Grafana in the browser or, without Grafana or with `page`, the receiver's page. */
export async function openBrowser(
  { ports, env, print, stateDir }: Stack,
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
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const url = `${urlOf(name, ports)}${name === 'receiver' ? '/' : ''}`;
  const token = name === 'receiver' ? await receiverTokenIn(stateDir) : undefined;
  const link = token === undefined ? url : url + signInQuery(token, Date.now());
  const opened = token === undefined ? url : await fileWith(link, stateDir);
  if (await hasFailed(command, opened, env)) {
    const within = link === url ? '' : ' within a minute';
    throw new StackError(`No browser could be started with ${command}.`, {
      remedy: `Open ${link} by hand${within}.`,
    });
  }
  print(`Opened ${url}`);
  if (link !== url) print(`If the browser cannot read ${opened}, open this link within a minute: ${link}`);
  return url;
}

/** A file that leads the browser to a link. Other users can see a browser's arguments, but cannot read this file. */
async function fileWith(link: string, stateDir: string): Promise<string> {
  const path = join(stateDir, 'run', 'open-page.html');
  await writeOwn(path, `<!doctype html><meta http-equiv="refresh" content="0;url=${link}">\n`);
  return path;
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
