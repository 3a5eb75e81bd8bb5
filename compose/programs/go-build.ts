import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { GoBuild, Program } from './programs.ts';
import { type CommandOptions, type CommandResult, lastWords, runCommand } from '../runtime/command.ts';
import { NotAvailable, type Sources } from './sources.ts';

const core = 'go.opentelemetry.io/collector';
const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';

/** The components of the collector that compose/collector.yaml uses or may come to use; a subset of the released one. */
const collectorComponents = {
  receivers: [`${core}/receiver/otlpreceiver`],
  processors: [
    `${core}/processor/memorylimiterprocessor`,
    `${contrib}/processor/resourceprocessor`,
    `${contrib}/processor/deltatocumulativeprocessor`,
  ],
  exporters: [`${core}/exporter/otlphttpexporter`, `${core}/exporter/debugexporter`],
  extensions: [
    `${contrib}/extension/healthcheckextension`,
    `${contrib}/extension/storage/filestorage`,
    `${contrib}/extension/bearertokenauthextension`,
  ],
};

type BuildOptions = Required<Pick<CommandOptions, 'cwd' | 'env' | 'signal'>>;

/**
 * Builds a program of the pinned version from its Go module into `draft/result`.
 *
 * @throws NotAvailable when there is no Go, or it does not build.
 */
export async function goBuild(
  { name, version, binary, go }: Program,
  draft: string,
  { env, print, signal }: Sources,
) {
  if (go === undefined) throw new NotAvailable('it cannot be built with Go');
  const goEnv = { ...env, CGO_ENABLED: '0', GOFLAGS: `${env.GOFLAGS ?? ''} -mod=mod -buildvcs=false`.trim() };
  const { exitCode } = await runCommand('go', ['version'], { env: goEnv });
  if (exitCode !== 0) throw new NotAvailable('Go is not installed');
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1_000);
  print(`Building ${name} ${version} from its Go module (a minute or two the first time) …`);
  const heartbeat = setInterval(() => print(`  still building ${name}, ${seconds()} s`), 20_000);
  try {
    const out = join(draft, 'result', binary);
    await (go.kind === 'package'
      ? buildPackage(go, out, { cwd: draft, env: goEnv, signal })
      : buildCollector(go.version, out, { cwd: draft, env: goEnv, signal }));
  } finally {
    clearInterval(heartbeat);
  }
  print(`  built ${name} in ${seconds()} s`);
}

// As a dependency of an empty module: `go install` refuses modules with replace or exclude directives.
async function buildPackage(go: GoBuild & { kind: 'package' }, out: string, options: BuildOptions) {
  const run = async (...args: string[]) => checked(await runCommand('go', args, options));
  await run('mod', 'init', 'ctxd.local/build');
  await run('mod', 'edit', `-require=${go.module}@${go.version}`);
  await run('build', '-trimpath', `-ldflags=-s -w ${go.ldflags}`, '-o', out, `${go.module}/${go.path}`);
}

async function buildCollector(version: string, out: string, options: BuildOptions) {
  const { cwd } = options;
  const inDraft = { ...options, env: { ...options.env, GOBIN: cwd, GOFLAGS: '-buildvcs=false' } };
  await writeFile(join(cwd, 'builder.yaml'), builderConfig(version, join(cwd, 'dist')));
  checked(await runCommand('go', ['install', `${core}/cmd/builder@${version}`], inDraft));
  checked(await runCommand(join(cwd, 'builder'), ['--config', 'builder.yaml'], inDraft));
  checked(await runCommand('cp', [join(cwd, 'dist', 'otelcol-contrib'), out]));
}

function builderConfig(version: string, outputPath: string): string {
  const modules = Object.entries(collectorComponents).map(([kind, paths]) => [
    kind,
    paths.map((path) => ({ gomod: `${path} ${version}` })),
  ]);
  const dist = { name: 'otelcol-contrib', version: version.slice(1), output_path: outputPath };
  return stringify({ dist, ...Object.fromEntries(modules) });
}

function checked(result: CommandResult): void {
  if (result.exitCode !== 0) throw new NotAvailable(`it does not build with Go (${lastWords(result)})`);
}
