import { hostname } from 'node:os';
import { stringify } from 'yaml';
import { type Destination, destinationsFrom, destinationVariable } from './destinations.ts';
import { bindAddress } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the collector requires a token: unless `CTXD_COLLECTOR_AUTH` is 0 and only this machine reaches it. */
export function wantsToken(env: Environment): boolean {
  return env['CTXD_COLLECTOR_AUTH'] !== '0' || !bindAddress(env).startsWith('127.');
}

/**
 * Settings merged into `collector.yaml`: whether the collector requires a token, and which other machines it sends metrics
 * to. It rereads the files of tokens when they change.
 *
 * @param hasStore - whether VictoriaMetrics runs on this machine, too. Default: it does.
 * @throws RangeError naming the variable that is wrong
 */
export function collectorAccess(env: Environment, hasStore = true): string {
  const destinations = destinationsFrom(env);
  const tokened = destinations.filter(({ hasToken }) => hasToken);
  const token = wantsToken(env);
  if (!token && destinations.length === 0) return '{}\n';
  return stringify({
    extensions: {
      ...(token && { bearertokenauth: { filename: '${env:CTXD_TOKEN_FILE}' } }),
      ...Object.fromEntries(
        tokened.map(({ name }) => [`bearertokenauth/${name}`, { filename: tokenFile(name) }]),
      ),
      ...Object.fromEntries(destinations.map(({ name }) => [`file_storage/${name}`, storage(name)])),
    },
    ...(token && {
      receivers: { otlp: { protocols: { http: { auth: { authenticator: 'bearertokenauth' } } } } },
    }),
    ...(destinations.length > 0 && {
      exporters: Object.fromEntries(destinations.map((to) => [`otlp_http/${to.name}`, exporter(to)])),
    }),
    // The collector replaces lists instead of merging them.
    service: {
      extensions: [
        'health_check',
        'file_storage',
        ...(token ? ['bearertokenauth'] : []),
        ...tokened.map(({ name }) => `bearertokenauth/${name}`),
        ...destinations.map(({ name }) => `file_storage/${name}`),
      ],
      ...(!hasStore && destinations[0] && { telemetry: telemetryTo(destinations[0], env) }),
      ...(destinations.length > 0 && {
        pipelines: {
          metrics: {
            exporters: [
              ...(hasStore ? ['otlp_http/vm'] : []),
              ...destinations.map(({ name }) => `otlp_http/${name}`),
            ],
          },
        },
      }),
    },
  });
}

const tokenFile = (name: Destination['name']) => `\${env:${destinationVariable(name, 'TOKEN')}}`;
const authorityFile = (name: Destination['name']) => `\${env:${destinationVariable(name, 'CA')}}`;

/** A folder of its own: its file gets large while the other machine is away, and small again afterwards. */
const storage = (name: Destination['name']) => ({
  directory: `\${env:CTXD_QUEUE_DIR}/${name}`,
  create_directory: true,
  compaction: {
    on_start: true,
    on_rebound: true,
    directory: `\${env:CTXD_QUEUE_DIR}/${name}`,
    cleanup_on_start: true,
  },
});

/** In a collector's configuration, a dollar is written twice. */
const literal = (text: string) => text.replaceAll('$', '$$$$');

function exporter({ name, metricsUrl, hasToken, hasAuthority }: Destination) {
  return {
    metrics_endpoint: literal(metricsUrl),
    ...(hasToken && { auth: { authenticator: `bearertokenauth/${name}` } }),
    ...(hasAuthority && { tls: { ca_file: authorityFile(name) } }),
    compression: 'gzip',
    timeout: '30s',
    // It never gives up: a laptop may be offline for a day.
    retry_on_failure: { initial_interval: '1s', max_interval: '30s', max_elapsed_time: '0s' },
    sending_queue: {
      storage: `file_storage/${name}`,
      // Prometheus refuses a sample that is older than the last one of its series.
      ...(name === 'metrics' && { num_consumers: 1 }),
      sizer: 'bytes',
      queue_size: queueBytes,
      batch: { sizer: 'items', flush_timeout: '1s', min_size: 8192, max_size: 16_384 },
    },
  };
}

/** Holds more than a day of ten sessions that never pause. */
const queueBytes = 2 * 1024 ** 3;

/** The collector's own metrics, which otherwise go to VictoriaMetrics on this machine. */
function telemetryTo({ name, metricsUrl, hasToken, hasAuthority }: Destination, env: Environment) {
  const otlp = {
    protocol: 'http/protobuf',
    endpoint: literal(metricsUrl),
    ...(hasToken && {
      headers: [{ name: 'Authorization', value: `Bearer \${file:${tokenFile(name)}}` }],
    }),
    ...(hasAuthority && { certificate: authorityFile(name) }),
  };
  return {
    resource: { 'service.instance.id': literal(env['CTXD_HOST_NAME'] || hostname()) },
    metrics: { readers: [{ periodic: { interval: 15_000, timeout: 10_000, exporter: { otlp } } }] },
  };
}
