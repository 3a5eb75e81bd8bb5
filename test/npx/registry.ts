import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../compose/runtime/preflight.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import { npm } from '../installed-package.ts';

/** A registry of npm packages on this machine, which knows only what is published to it. */
export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** Settings of npm that lead to it. */
  readonly env: Readonly<Record<string, string>>;
}

/** The newest version that all supported versions of Node run, with the dependency that it declares wrongly. */
const verdaccio = { dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.7.0' } };

/** Installs Verdaccio into a folder and starts it. */
export async function startRegistry(folder: string): Promise<Registry> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, ...verdaccio }));
  await npm(folder, ['install', '--prefer-offline', '--omit=dev']);
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  await writeFile(join(folder, 'config.yaml'), settings);
  await writeFile(join(folder, 'npmrc'), `registry=http://${address}/\n//${address}/:_authToken=nobody\n`);
  const script = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  const server = spawn(
    process.execPath,
    [script, '--listen', address, '--config', join(folder, 'config.yaml')],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const answers = async () =>
    await fetch(`http://${address}/-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  if (!(await waitUntil(answers, 60_000))) throw new Error('The registry does not answer');
  return {
    url: `http://${address}/`,
    env: { npm_config_userconfig: join(folder, 'npmrc'), npm_config_registry: `http://${address}/` },
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const settings = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
log: { type: stdout, format: pretty, level: error }
`;
