import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRegularFile } from '#regular-file';
import type { PartName } from '../../compose/parts.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { receiverTokenIn } from '../../compose/runtime/login.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { sharedPath, type StackRecord, writeOwn } from '../../compose/runtime/state.ts';
import { signInQuery } from '../../instrumentation/src/receiver/http/page-login.ts';
import { grafanaSession } from './grafana-login.ts';
import { oneTimeLink } from './one-time-link.ts';

/** A browser that has not failed by then is open. Some launchers run until the browser is closed. */
const patienceMillis = 3_000;

/** What to open, and as whom. */
export interface BrowserOptions {
  /** The receiver's page instead of Grafana. */
  readonly page?: boolean;
  /** Grafana as admin instead of as a viewer. */
  readonly admin?: boolean;
}

/**
 * Opens Grafana in the browser or, without Grafana or with `page`, the receiver's page. The browser is logged in.
 *
 * @returns the address, without anything secret
 */
export async function openBrowser(
  stack: Stack,
  { parts }: StackRecord,
  { page = false, admin = false }: BrowserOptions = {},
): Promise<string> {
  const names: readonly PartName[] = page ? ['receiver'] : ['grafana', 'receiver'];
  const name = names.find((one) => parts.includes(one));
  if (admin && name !== 'grafana')
    throw new StackError(`--admin opens Grafana, ${page ? 'not the page' : 'which is not running'}.`);
  if (name === 'grafana') return await openGrafana(stack, admin);
  if (name === 'receiver') return await openPage(stack);
  throw new StackError('The stack runs without the receiver, which serves the page.', {
    remedy: 'Start it, too: npm run stack:up',
  });
}

async function openGrafana(stack: Stack, admin: boolean): Promise<string> {
  const url = urlOf('grafana', stack.ports);
  const passwordFile = sharedPath(stack.stateDir, 'grafanaPassword');
  const password = (await readRegularFile(passwordFile)).trimEnd();
  const cookies = await grafanaSession({ url, password, passwordFile }, admin ? 'admin' : 'viewer');
  await using link = await oneTimeLink(cookies, `${url}/`);
  const byHand = `Open ${url} by hand. The user is admin; the password is in ${passwordFile}`;
  await start(stack, await fileWith(link.url, stack.stateDir), byHand);
  if (!(await link.opened)) throw new StackError('The browser did not open the link.', { remedy: byHand });
  stack.print(`Opened ${url} as ${admin ? 'admin' : 'viewer'}`);
  return url;
}

async function openPage(stack: Stack): Promise<string> {
  const { ports, print, stateDir } = stack;
  const url = `${urlOf('receiver', ports)}/`;
  const token = await receiverTokenIn(stateDir);
  const link = token === undefined ? url : url + signInQuery(token, Date.now());
  const opened = token === undefined ? url : await fileWith(link, stateDir);
  await start(stack, opened, `Open ${link} by hand${link === url ? '' : ' within a minute'}.`);
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

async function start({ env }: Stack, url: string, remedy: string): Promise<void> {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  if (await hasFailed(command, url, env))
    throw new StackError(`No browser could be started with ${command}.`, { remedy });
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
