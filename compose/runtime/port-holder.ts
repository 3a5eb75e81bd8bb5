import { readdir, readFile, readlink } from 'node:fs/promises';
import { runCommand } from '../system/command.ts';

/** The program that listens on a port of this machine, such as `python3 (process 4711)`; undefined when unknown. */
export async function portHolder(port: number, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return (await containerOn(port, env)) ?? (await processOn(port, env));
}

async function containerOn(port: number, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const args = ['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}'];
  const { exitCode, stdout } = await runCommand('docker', args, { env, timeoutMillis: 3_000 });
  const [name] = stdout.trim().split('\n');
  return exitCode === 0 && name ? `container ${name}` : undefined;
}

async function processOn(port: number, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await pidOnLinux(port) : await pidByLsof(port, env);
  if (pid === undefined) return undefined;
  const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  const name = comm ?? (await runCommand('ps', ['-o', 'comm=', '-p', String(pid)], { env })).stdout;
  return `${name.trim().split('/').at(-1) || 'a program'} (process ${pid})`;
}

async function pidByLsof(port: number, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const { stdout } = await runCommand('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { env });
  return Number(stdout.trim().split('\n')[0]) || undefined;
}

// The kernel lists the socket of a port, and the links of a process's open files name its sockets; see proc_net(5).
async function pidOnLinux(port: number): Promise<number | undefined> {
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
    if (links.some((link) => sockets.has(link))) return Number(pid);
  }
  return undefined;
}

async function listeningSockets(port: number): Promise<Set<string>> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => ''));
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = '0A';
  const rows = (await Promise.all(tables)).flatMap((table) =>
    table.split('\n').map((line) => line.trim().split(/\s+/)),
  );
  return new Set(
    rows
      .filter(([, address, , state]) => address?.endsWith(suffix) && state === listening)
      .map((row) => `socket:[${row[9]}]`),
  );
}
