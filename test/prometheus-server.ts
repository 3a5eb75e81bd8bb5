import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../compose/runtime/preflight.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { program } from './vmalert-tool.ts';

/** A Prometheus on this machine that takes OTLP. */
export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
  /** Where it takes metrics. */
  readonly writeUrl: string;
}

/**
 * Starts a Prometheus that scrapes nothing.
 *
 * @param rules - the text of a file of rules. Default: none.
 */
export async function startPrometheus(rules = 'groups: []\n'): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-prometheus-'));
  await writeFile(join(folder, 'rules.yaml'), rules);
  await writeFile(
    join(folder, 'prometheus.yml'),
    'rule_files: [rules.yaml]\nstorage: { tsdb: { out_of_order_time_window: 1h } }\n',
  );
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const flags = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-otlp-receiver',
  ];
  const child = spawn(await program('prometheus'), flags, { stdio: 'ignore' });
  const isReady = async () =>
    child.exitCode !== null || (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  if (!(await waitUntil(isReady, 60_000)) || child.exitCode !== null)
    throw new Error(`Prometheus does not answer at ${url}`);
  return {
    url,
    writeUrl: `${url}/api/v1/otlp/v1/metrics`,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
