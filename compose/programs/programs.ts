import { dirname } from 'node:path';
import { type PartName, partNamed } from '../parts.ts';

/** The programs of the native runtime, one per part, and those that only tests use. */
export type ProgramName = Exclude<PartName, 'receiver'> | 'vmalert-tool' | 'prometheus' | 'promtool';

/** Operating system and processor architecture, in the words of Go and of release files. */
export interface Target {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

/** A release archive and where its checksum is published. */
export interface Release {
  readonly url: string;
  readonly checksumsUrl: string;
  /** File to unpack. Default: all. */
  readonly member?: string;
  /** How many leading folders of the archive's paths to drop. */
  readonly strip: 0 | 1;
}

/** How a program is built with Go, in a module that requires others. */
interface GoBuild {
  /** Modules as `path@version`. */
  readonly requires: readonly string[];
  /** The package to build; `.` for `main`. */
  readonly package: string;
  /** Path of a main package in this folder, for a program that no module provides ready to build. */
  readonly main?: string;
  readonly ldflags: string;
  /** CPU time that compiling it takes once the standard library is compiled, on a fast machine. */
  readonly cpuSeconds: number;
}

/** How to get a program for the native runtime. */
export interface Program {
  readonly name: ProgramName;
  readonly version: string;
  /** Its names on PATH. */
  readonly commands: readonly string[];
  /** The flag that prints its version. */
  readonly versionFlag: string;
  /** Path of the program below its folder in the cache. */
  readonly binary: string;
  /** Environment variable that names an unpacked distribution with `binary` in it. */
  readonly homeVariable?: string;
  /** Its release archive for a machine. */
  readonly release: (target: Target) => Release;
  readonly go?: GoBuild;
  /** Arguments before the part's own. */
  readonly launch: (binary: string) => readonly string[];
}

const { version: victoriaMetricsVersion } = partNamed('victoriametrics');

/** The collector's stable modules have their own version: the one that matches the collector's. */
const stableCollectorVersion = 'v1.68.0';

/** All programs by name. */
export const programs: Readonly<Record<ProgramName, Program>> = {
  collector: collector(partNamed('collector').version),
  victoriametrics: victoriaMetrics('victoriametrics', 'victoria-metrics', 'victoria-metrics'),
  vmalert: victoriaMetrics('vmalert', 'vmalert', 'vmutils'),
  'vmalert-tool': victoriaMetrics('vmalert-tool', 'vmalert-tool', 'vmutils'),
  alertmanager: alertmanager(partNamed('alertmanager').version),
  grafana: grafana(partNamed('grafana').version),
  prometheus: prometheus('prometheus'),
  promtool: prometheus('promtool'),
};

/** The program of a part; undefined for a part that runs in the same Node as the stack. */
export function programOf(name: PartName): Program | undefined {
  return name === 'receiver' ? undefined : programs[name];
}

function victoriaMetrics(name: ProgramName, command: string, archive: string): Program {
  const tag = `v${victoriaMetricsVersion}`;
  const module = 'github.com/VictoriaMetrics/VictoriaMetrics';
  const repository = `https://${module}/releases/download`;
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
      requires: [`${module}@${tag}`],
      package: `${module}/app/${command}`,
      ldflags: `-X ${module}/lib/buildinfo.Version=${command}-${tag}`,
      cpuSeconds: 15,
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
    go: {
      requires: collectorModules(`v${version}`),
      package: '.',
      main: 'collector/main.go',
      ldflags: `-X main.version=${version}`,
      cpuSeconds: 75,
    },
    launch: () => [],
  };
}

/** The modules that collector/main.go imports; their dependencies come with them. */
function collectorModules(version: string): string[] {
  const core = 'go.opentelemetry.io/collector';
  const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';
  const modules = [
    `${core}/otelcol`,
    `${core}/receiver/otlpreceiver`,
    `${core}/processor/memorylimiterprocessor`,
    `${core}/exporter/otlphttpexporter`,
    `${contrib}/processor/deltatocumulativeprocessor`,
    `${contrib}/extension/healthcheckextension`,
    `${contrib}/extension/storage/filestorage`,
    `${contrib}/extension/bearertokenauthextension`,
  ].map((path) => `${path}@${version}`);
  return [...modules, `${core}/confmap/provider/envprovider@${stableCollectorVersion}`];
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
      requires: [`github.com/prometheus/alertmanager@v${version}`],
      package: 'github.com/prometheus/alertmanager/cmd/alertmanager',
      ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
      cpuSeconds: 50,
    },
    launch: () => [],
  };
}

/** Not a part of the stack: tests prove the queries on it. Its modules have the version 0.316.0 for 3.16.0. */
function prometheus(name: 'prometheus' | 'promtool'): Program {
  const version = '3.16.0';
  const module = 'github.com/prometheus/prometheus';
  const releases = `https://${module}/releases/download/v${version}`;
  const folder = ({ os, arch }: Target) => `prometheus-${version}.${os}-${arch}`;
  return {
    name,
    version,
    commands: [name],
    versionFlag: '--version',
    binary: name,
    release: (target) => ({
      url: `${releases}/${folder(target)}.tar.gz`,
      checksumsUrl: `${releases}/sha256sums.txt`,
      member: `${folder(target)}/${name}`,
      strip: 1,
    }),
    go: {
      requires: [`${module}@v0.${version.replace('.', '')}`],
      package: `${module}/cmd/${name}`,
      ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
      cpuSeconds: 120,
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
