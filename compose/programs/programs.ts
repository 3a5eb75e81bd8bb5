import { dirname } from 'node:path';
import { type PartName, partNamed } from '../parts.ts';

/** A program that the native runtime needs: those of the parts, and the tool that tests the alert rules. */
export type ProgramName = Exclude<PartName, 'receiver'> | 'vmalert-tool';

/** Operating system and processor, in the words of Go and of the release files. */
export interface Target {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

/** A release archive and where its checksum is published. */
export interface Release {
  readonly url: string;
  readonly checksumsUrl: string;
  /** File to unpack; all of them when absent. */
  readonly member?: string;
  /** Leading folders of the archive to leave away. */
  readonly strip: 0 | 1;
}

/** How a program is built with Go: one package of a module, or the collector by its own builder. */
export type GoBuild =
  | {
      readonly kind: 'package';
      readonly module: string;
      readonly version: string;
      readonly path: string;
      readonly ldflags: string;
    }
  | { readonly kind: 'collector'; readonly version: string };

/** How to get hold of a program natively. */
export interface Program {
  readonly name: ProgramName;
  readonly version: string;
  /** Its names on PATH. */
  readonly commands: readonly string[];
  /** Flag that makes it print its version. */
  readonly versionFlag: string;
  /** Path of the program in its folder of the cache. */
  readonly binary: string;
  /** Variable that points to an unpacked distribution, which holds `binary`. */
  readonly homeVariable?: string;
  /** Its release for a machine. */
  readonly release: (target: Target) => Release;
  readonly go?: GoBuild;
  /** Arguments that come before the part's own. */
  readonly launch: (binary: string) => readonly string[];
}

const { version: victoriaMetricsVersion } = partNamed('victoriametrics');

/** All programs by name. */
export const programs: Readonly<Record<ProgramName, Program>> = {
  collector: collector(partNamed('collector').version),
  victoriametrics: victoriaMetrics('victoriametrics', 'victoria-metrics', 'victoria-metrics'),
  vmalert: victoriaMetrics('vmalert', 'vmalert', 'vmutils'),
  'vmalert-tool': victoriaMetrics('vmalert-tool', 'vmalert-tool', 'vmutils'),
  alertmanager: alertmanager(partNamed('alertmanager').version),
  grafana: grafana(partNamed('grafana').version),
};

/** The program of a part; nothing for one that runs in the Node that runs the stack. */
export function programOf(name: PartName): Program | undefined {
  return name === 'receiver' ? undefined : programs[name];
}

function victoriaMetrics(name: ProgramName, command: string, archive: string): Program {
  const tag = `v${victoriaMetricsVersion}`;
  const repository = 'https://github.com/VictoriaMetrics/VictoriaMetrics/releases/download';
  const buildInfo = 'github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version';
  return {
    name,
    version: victoriaMetricsVersion,
    commands: [`${command}-prod`, command],
    versionFlag: '-version',
    binary: `${command}-prod`,
    release: ({ os, arch }) => ({
      url: `${repository}/${tag}/${archive}-${os}-${arch}-${tag}.tar.gz`,
      checksumsUrl: `${repository}/${tag}/${archive}-${os}-${arch}-${tag}_checksums.txt`,
      member: `${command}-prod`,
      strip: 0,
    }),
    go: {
      kind: 'package',
      module: 'github.com/VictoriaMetrics/VictoriaMetrics',
      version: tag,
      path: `app/${command}`,
      ldflags: `-X ${buildInfo}=${command}-${tag}`,
    },
    launch: () => [],
  };
}

function collector(version: string): Program {
  const releases = `https://github.com/open-telemetry/opentelemetry-collector-releases/releases/download/v${version}`;
  return {
    name: 'collector',
    version,
    commands: ['otelcol-contrib'],
    versionFlag: '--version',
    binary: 'otelcol-contrib',
    release: ({ os, arch }) => ({
      url: `${releases}/otelcol-contrib_${version}_${os}_${arch}.tar.gz`,
      checksumsUrl: `${releases}/opentelemetry-collector-releases_otelcol-contrib_checksums.txt`,
      member: 'otelcol-contrib',
      strip: 0,
    }),
    go: { kind: 'collector', version: `v${version}` },
    launch: () => [],
  };
}

function alertmanager(version: string): Program {
  const releases = `https://github.com/prometheus/alertmanager/releases/download/v${version}`;
  const folder = ({ os, arch }: Target) => `alertmanager-${version}.${os}-${arch}`;
  return {
    name: 'alertmanager',
    version,
    commands: ['alertmanager'],
    versionFlag: '--version',
    binary: 'alertmanager',
    release: (target) => ({
      url: `${releases}/${folder(target)}.tar.gz`,
      checksumsUrl: `${releases}/sha256sums.txt`,
      member: `${folder(target)}/alertmanager`,
      strip: 1,
    }),
    go: {
      kind: 'package',
      module: 'github.com/prometheus/alertmanager',
      version: `v${version}`,
      path: 'cmd/alertmanager',
      ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
    },
    launch: () => [],
  };
}

function grafana(version: string): Program {
  const releases = 'https://dl.grafana.com/oss/release';
  return {
    name: 'grafana',
    version,
    commands: ['grafana'],
    versionFlag: '--version',
    binary: 'bin/grafana',
    homeVariable: 'GRAFANA_HOME',
    release: ({ os, arch }) => ({
      url: `${releases}/grafana-${version}.${os}-${arch}.tar.gz`,
      checksumsUrl: `${releases}/grafana-${version}.${os}-${arch}.tar.gz.sha256`,
      strip: 1,
    }),
    launch: (binary) => ['server', `--homepath=${dirname(dirname(binary))}`],
  };
}
