import { processMetrics, receiverMetrics, sessionMetrics } from '#metrics';
import type { Series } from './vmalert-tool.ts';

/** Input series, and the alerts that fire at each second, with labels and description; `[]` when none fires. */
interface AlertCase {
  readonly series: Series;
  readonly moments: Readonly<Record<number, readonly Fired[]>>;
}

interface Fired {
  readonly labels?: Readonly<Record<string, string>>;
  readonly description: string;
}

/** Everything expected of a rule other than the two thresholds. */
export interface ExpectedRule {
  readonly group: string;
  readonly severity: string;
  readonly summary: string;
  readonly cases: Readonly<Record<string, AlertCase>>;
}

/** The moment at which vmalert-tool's time begins. */
const start = Date.UTC(2000, 0) / 1_000;

const session = { session_id: 's1' };
const sessionId = 'session_id="s1"';
const usage = (values: string): Series => ({
  [`${sessionMetrics.contextUsagePercent.name}{${sessionId}}`]: values,
});
const tokens = (values: string): Series => ({
  [`${sessionMetrics.contextTokens.name}{${sessionId}}`]: values,
});
const compactionPoint = {
  [`${receiverMetrics.compactionThreshold.name}{${sessionId}}`]: '167000x60',
};
const checkpoints = (values: string): Series => ({
  [`${sessionMetrics.checkpoints.name}{${sessionId}}`]: values,
});
const activity = (values: string): Series => ({
  [`${sessionMetrics.lastActivity.name}{${sessionId}}`]: values,
});
const active = (service: string, values: string): Series => ({
  [`${processMetrics.activeSessions.name}{service_name="${service}"}`]: values,
});
const one = (name: string, values: string): Series => ({ [name]: values });

const fires = (description: string, labels = {}): readonly Fired[] => [{ description, labels }];
const ofSession = (description: string) => fires(description, session);

const imminent = (percent: string, reached: string) =>
  ofSession(
    `Session s1 reached ${percent} % of the point at which it is compacted (${reached} of 167k tokens). Save a checkpoint, or type /compact with what to keep, before that happens automatically.`,
  );
const soon = (minutes: number) =>
  ofSession(
    `Session s1 will be full in about ${minutes} minutes at the pace of the last 5. Save a checkpoint or type /compact in it before it is full.`,
  );
const fast = (points: string) =>
  ofSession(
    `Session s1 filled ${points} % of its context window within 5 minutes. Find what returns so much, and make it return less.`,
  );
const overdue = ofSession(
  'Session s1 has been active at 95.0 % of its context window for 10 minutes without a checkpoint. Save one or type /compact in it now.',
);
const limited = (percent: string, account?: string) =>
  fires(
    `${percent} % of the rate limit five_hour${account ? ` of account ${account.slice(0, 8)}` : ''} is used. Finish what matters most, and postpone the rest until it is reset.`,
    { window: 'five_hour', ...(account !== undefined && { account }) },
  );
const silent = (service: string) =>
  fires(
    `Nothing has arrived from ${service} for more than a minute: its sessions are not watched. See npm run stack:status, and npm run doctor.`,
    { service_name: service },
  );
const blind = (seconds: number) =>
  fires(
    `Nothing has arrived from the receiver or the collector for ${seconds} seconds. Alerts that fire stay as they are until ctxd sees again. See npm run stack:status.`,
  );
const loses = (number: string, where: Readonly<Record<string, string>>) =>
  fires(
    `The collector loses ${number} data points a second at ${Object.values(where)[0]}. See npm run stack:logs -- collector.`,
    where,
  );
const readOnly = fires(
  'VictoriaMetrics has stopped storing data, most likely because its disk is full. Free some space; it then resumes on its own.',
);
const failing = fires(
  'vmalert failed to evaluate a rule, or refused new ones: some alerts may not fire. See npm run stack:logs -- vmalert.',
);
const undelivered = (labels: Readonly<Record<string, string>>) =>
  fires(
    `Notifications to ${labels['receiver_name'] ?? labels['addr']} fail. Run npm run alerts:test to see why.`,
    labels,
  );

/** 20, then 5 percentage points more every 20 seconds. */
const climbing = '20x19 25x19 30x19 35x19 40x19 45x19 50x19 55x19 60x19';
/** 2, then 3 percentage points more every 30 seconds: fast, and far from full. */
const steady = '2x29 5x29 8x29 11x29 14x29 17x29 20x29 23x29 26x29 29x29 32x19';
const queue = (size: string) => ({
  ...one('otelcol_exporter_queue_size{exporter="otlp_http/vm"}', size),
  ...one('otelcol_exporter_queue_capacity{exporter="otlp_http/vm"}', '1000x120'),
});
const disk = (free: string) => ({
  ...one('vm_free_disk_space_bytes', free),
  ...one('vm_free_disk_space_limit_bytes', '100000000x120'),
});
const limit = (current: string) => ({
  ...one('vm_hourly_series_limit_current_series', current),
  ...one('vm_hourly_series_limit_max_series', '1000x120'),
});

/** The cases of each rule other than the two thresholds: it fires, stays quiet just below, and resolves. */
export const expectedRules: Readonly<Record<string, ExpectedRule>> = {
  ContextCompactionImminent: {
    group: 'context-window',
    severity: 'warning',
    summary: 'A session is about to be compacted automatically.',
    cases: {
      'fires at 95 % of the compaction point and resolves 14 s after the compaction': {
        series: { ...tokens('150000x4 158650x9 20000x40'), ...compactionPoint },
        moments: { 4: [], 5: imminent('95.0', '158.7k'), 28: imminent('95.0', '158.7k'), 31: [] },
      },
      'keeps firing when the session becomes critical, and resolves after the critical alert': {
        series: {
          ...tokens('158650x9 190000x9 20000x40'),
          ...usage('79x9 95x9 10x40'),
          ...compactionPoint,
        },
        moments: { 0: imminent('95.0', '158.7k'), 33: imminent('113.8', '190k'), 36: [], 50: [] },
      },
      'stays quiet where the session was critical first, to the end of the critical alert': {
        series: {
          ...tokens('20000x9 190000x9 20000x40'),
          ...usage('10x9 95x9 10x40'),
          ...compactionPoint,
        },
        moments: { 10: [], 19: [], 20: [], 29: [], 30: [], 31: [], 36: [] },
      },
      'stays quiet a hundred tokens below it': {
        series: { ...tokens('158550x40'), ...compactionPoint },
        moments: { 5: [], 40: [] },
      },
      'stays quiet if no compaction point is known': {
        series: tokens('199000x40'),
        moments: { 5: [], 40: [] },
      },
    },
  },
  ContextFullSoon: {
    group: 'context-pace',
    severity: 'warning',
    summary: 'At the current pace, the context window of a session will be full within minutes.',
    cases: {
      'fires if the pace fills the window within 10 minutes, and resolves with the checkpoint': {
        series: usage(`${climbing} 10x60`),
        moments: { 60: [], 165: soon(5), 210: [], 230: [] },
      },
      'stays quiet if the pace takes longer': {
        series: usage('20x29 22x29 24x29 26x29 28x29 30x29 32x29 34x29 36x29 38x29 40x29'),
        moments: { 150: [], 240: [], 315: [] },
      },
      'stays quiet if the usage only swings': {
        series: usage('70x9 74x9 70x9 74x9 70x9 74x9 70x9 74x9 70x9 74x9 70x9 74x9 70x9 74x9 70x9 74x9'),
        moments: { 90: [], 135: [], 150: [] },
      },
      'stays quiet after one large answer': {
        series: usage('20x99 75x200'),
        moments: { 105: [], 150: [], 240: [] },
      },
      'stays quiet right after a checkpoint, however fast it was before': {
        series: usage(`${climbing} 10x19 12x19 14x19`),
        moments: { 195: [], 210: [], 235: [] },
      },
      'keeps firing when the session becomes critical, and resolves with the checkpoint': {
        series: usage(`${climbing} 95x59 10x60`),
        moments: { 165: soon(5), 210: soon(0), 225: soon(0), 240: [], 255: [] },
      },
      'stays quiet where the session became critical first, to the end of the critical alert': {
        series: usage('62x29 66x9 70x9 74x9 78x9 82x9 86x9 91x29 93x29 95x29 97x29 10x60'),
        moments: { 75: [], 90: [], 105: [], 120: [], 150: [], 195: [], 210: [], 225: [], 240: [] },
      },
    },
  },
  ContextFillingFast: {
    group: 'context-pace',
    severity: 'info',
    summary: 'The context window of a session is filling fast.',
    cases: {
      'fires at 25 points within 5 minutes and resolves with the checkpoint': {
        series: usage(`${steady} 2x60`),
        moments: { 285: [], 315: fast('30.0'), 330: [] },
      },
      'keeps firing when a warning fires': {
        series: usage(`${steady} 75x60`),
        moments: { 285: [], 315: fast('30.0'), 330: fast('70.0'), 375: fast('67.0') },
      },
      'stays quiet if a warning fired first': {
        series: usage('60x29 65x29 71x29 76x29 82x29 88x200'),
        moments: { 120: [], 150: [], 165: [], 180: [], 300: [] },
      },
      'stays quiet if the session will be full soon': {
        series: usage(`${climbing} 10x60`),
        moments: { 90: [], 135: [], 165: [], 210: [] },
      },
      'stays quiet at 24 points': {
        series: usage('20x19 26x19 32x19 38x19 44x200'),
        moments: { 135: [], 240: [] },
      },
      'stays quiet after one large answer': {
        series: usage('20x59 60x200'),
        moments: { 75: [], 120: [], 240: [] },
      },
    },
  },
  CheckpointOverdue: {
    group: 'context-pace',
    severity: 'critical',
    summary: 'A session has been nearly full for a long time without a checkpoint.',
    cases: {
      'fires after 10 minutes above the critical threshold and resolves with a checkpoint': {
        series: { ...usage('95x720'), ...checkpoints('0x660 1x60'), ...activity(`${start}+1x720`) },
        moments: { 585: [], 615: overdue, 660: overdue, 690: [] },
      },
      'stays quiet if a checkpoint was saved in between': {
        series: { ...usage('95x720'), ...checkpoints('0x300 1x420'), ...activity(`${start}+1x720`) },
        moments: { 615: [], 720: [] },
      },
      'stays quiet a tenth below the threshold': {
        series: { ...usage('89.9x720'), ...checkpoints('0x720'), ...activity(`${start}+1x720`) },
        moments: { 615: [], 720: [] },
      },
      'stays quiet if the session is idle': {
        series: { ...usage('95x720'), ...checkpoints('0x720'), ...activity(`${start}x720`) },
        moments: { 615: [], 720: [] },
      },
    },
  },
  RateLimitNearlyReached: {
    group: 'context-pace',
    severity: 'warning',
    summary: 'A rate limit of an account is nearly used up.',
    cases: {
      'fires at 90 % and resolves when the limit is reset': {
        series: one(`${receiverMetrics.rateLimitUsed.name}{window="five_hour"}`, '50x14 90x60 0x90'),
        moments: { 0: [], 30: limited('90.0'), 165: [] },
      },
      'fires for each account by itself': {
        series: {
          ...one(
            `${receiverMetrics.rateLimitUsed.name}{window="five_hour",account="3f2a9c01-0000"}`,
            '95x60',
          ),
          ...one(
            `${receiverMetrics.rateLimitUsed.name}{window="five_hour",account="77777777-0000"}`,
            '20x60',
          ),
        },
        moments: { 30: limited('95.0', '3f2a9c01-0000') },
      },
      'stays quiet a tenth below it': {
        series: one(`${receiverMetrics.rateLimitUsed.name}{window="five_hour"}`, '89.9x60'),
        moments: { 30: [], 60: [] },
      },
    },
  },
  CtxdTelemetryAbsent: {
    group: 'bundle',
    severity: 'warning',
    summary: 'Session metrics no longer arrive.',
    cases: {
      'fires when a server goes silent and resolves when it reports again': {
        series: { ...active('ctxd-receiver', '1x240'), ...active('app', '1x30 _x120 1x90') },
        moments: { 90: [], 135: silent('app'), 165: [] },
      },
      'fires while the receiver is absent': {
        series: active('app', '1x240'),
        moments: { 15: [], 60: silent('ctxd-receiver') },
      },
      'stays quiet while the receiver is silent, too: then ctxd is blind': {
        series: { ...active('ctxd-receiver', '1x30 _x210'), ...active('app', '1x30 _x210') },
        moments: { 90: [], 135: [], 165: [] },
      },
      'stays quiet when a server stops properly': {
        series: { ...active('ctxd-receiver', '1x240'), ...active('app', '1x30 stale') },
        moments: { 90: [], 135: [], 165: [] },
      },
      'stays quiet over a pause of 45 seconds': {
        series: { ...active('ctxd-receiver', '1x240'), ...active('app', '1x30 _x45 1x150') },
        moments: { 90: [], 135: [], 165: [] },
      },
    },
  },
  CtxdCollectorLosing: {
    group: 'bundle',
    severity: 'warning',
    summary: 'The collector refuses or drops telemetry.',
    cases: {
      'fires when points are refused and resolves 5 minutes after the last': {
        series: one('otelcol_receiver_refused_metric_points_total{receiver="otlp"}', '0x29 30x30 30x330'),
        moments: { 15: [], 30: loses('1.0', { receiver: 'otlp' }), 345: [] },
      },
      'fires when log records are dropped': {
        series: one(
          'otelcol_exporter_enqueue_failed_log_records_total{exporter="otlp_http/receiver"}',
          '0+2x60',
        ),
        moments: { 0: [], 60: loses('2.0', { exporter: 'otlp_http/receiver' }) },
      },
      'stays quiet while points pass': {
        series: {
          ...one('otelcol_receiver_accepted_metric_points_total{receiver="otlp"}', '0+9x60'),
          ...one('otelcol_receiver_refused_metric_points_total{receiver="otlp"}', '7x60'),
        },
        moments: { 30: [], 60: [] },
      },
    },
  },
  CtxdQueueNearlyFull: {
    group: 'bundle',
    severity: 'warning',
    summary: 'A queue of the collector is nearly full.',
    cases: {
      'fires at 80 % and resolves when it empties': {
        series: queue('800x30 10x60'),
        moments: {
          15: fires(
            '80 % of the queue otlp_http/vm is used: its destination is slow or down. See npm run stack:status.',
            { exporter: 'otlp_http/vm' },
          ),
          45: [],
        },
      },
      'stays quiet just below it': { series: queue('799x60'), moments: { 15: [], 60: [] } },
    },
  },
  CtxdStorageReadOnly: {
    group: 'bundle',
    severity: 'critical',
    summary: 'VictoriaMetrics has stopped storing data.',
    cases: {
      'fires when VictoriaMetrics reports it and resolves when it stores again': {
        series: one('vm_storage_is_read_only', '1x90 0x60'),
        moments: { 45: [], 75: readOnly, 105: [] },
      },
      'fires when its own metrics are no longer stored': {
        series: one('vm_storage_is_read_only', '0x30 _x180'),
        moments: { 90: [], 135: [], 165: readOnly },
      },
      'stays quiet over a restart of a minute and a half': {
        series: one('vm_storage_is_read_only', '0x30 _x90 0x90'),
        moments: { 45: [], 90: [], 135: [], 165: [] },
      },
    },
  },
  CtxdDiskLow: {
    group: 'bundle',
    severity: 'warning',
    summary: 'The disk under VictoriaMetrics is nearly full.',
    cases: {
      'fires below 1 GiB above the limit and resolves when there is room again': {
        series: disk('1173741823x30 9000000000x60'),
        moments: {
          15: fires('1024MiB are left until VictoriaMetrics stops storing. Free some space on its disk.'),
          45: [],
        },
      },
      'stays quiet at 1 GiB': { series: disk('1173741824x60'), moments: { 15: [], 60: [] } },
    },
  },
  CtxdSeriesLimitNear: {
    group: 'bundle',
    severity: 'warning',
    summary: 'VictoriaMetrics is close to its limit on new series.',
    cases: {
      'fires at 80 % and resolves with the next hour': {
        series: limit('800x30 10x60'),
        moments: {
          15: fires(
            '80 % of the limit on series is used; beyond it, new sessions are dropped without an error. Find what sends so many, or raise the limit.',
          ),
          45: [],
        },
      },
      'stays quiet just below it': { series: limit('799x60'), moments: { 15: [], 60: [] } },
      'stays quiet if there is no limit': {
        series: {
          ...one('vm_hourly_series_limit_current_series', '0x60'),
          ...one('vm_hourly_series_limit_max_series', '0x60'),
        },
        moments: { 15: [], 60: [] },
      },
    },
  },
  CtxdSessionsDropped: {
    group: 'bundle',
    severity: 'warning',
    summary: 'More sessions live than ctxd keeps.',
    cases: {
      'fires when sessions are dropped and resolves 5 minutes after the last': {
        series: {
          [`${processMetrics.sessionsEvicted.name}{service_name="ctxd-receiver"}`]: '0x29 507x370',
        },
        moments: {
          15: [],
          60: fires(
            'ctxd-receiver dropped 507 live sessions in the last 5 minutes, those that were idle longest. Raise CTXD_MAX_SESSIONS.',
            { service_name: 'ctxd-receiver' },
          ),
          390: [],
        },
      },
      'stays quiet while none is dropped': {
        series: { [`${processMetrics.sessionsEvicted.name}{service_name="app"}`]: '507x60' },
        moments: { 15: [], 60: [] },
      },
    },
  },
  CtxdRulesFailing: {
    group: 'bundle',
    severity: 'warning',
    summary: 'Alert rules fail, or new ones were refused.',
    cases: {
      'fires while evaluations fail for more than a minute, and resolves a minute after the last': {
        series: one('vmalert_execution_errors_total', '0x14 0+1x150 150x400'),
        moments: { 75: [], 135: failing, 300: [] },
      },
      'stays quiet about what failed during an outage of VictoriaMetrics': {
        series: one('vmalert_execution_errors_total', '0x60 _x90 90x200'),
        moments: { 60: [], 165: [], 195: [], 240: [] },
      },
      'fires when new rules are refused and resolves when rules are accepted': {
        series: one('vmalert_config_last_reload_successful', '1x14 0x60 1x60'),
        moments: { 0: [], 60: failing, 90: [] },
      },
      'stays quiet about old failures': {
        series: {
          ...one('vmalert_execution_errors_total', '5x90'),
          ...one('vmalert_config_last_reload_successful', '1x90'),
        },
        moments: { 45: [], 90: [] },
      },
    },
  },
  CtxdNotificationsFailing: {
    group: 'bundle',
    severity: 'warning',
    summary: 'Alerts cannot be delivered.',
    cases: {
      'fires when a receiver fails and resolves 5 minutes after the last': {
        series: one(
          'alertmanager_notifications_failed_total{receiver_name="slack",integration="slack",reason="clientError"}',
          '0x14 3x330',
        ),
        moments: {
          0: [],
          30: undelivered({ receiver_name: 'slack', integration: 'slack' }),
          330: [],
        },
      },
      'fires when Alertmanager cannot be reached': {
        series: one(
          'vmalert_alerts_send_errors_total{addr="http://127.0.0.1:9093/api/v2/alerts"}',
          '0+1x120 120x90',
        ),
        moments: { 45: [], 120: undelivered({ addr: 'http://127.0.0.1:9093/api/v2/alerts' }), 210: [] },
      },
      'stays quiet over a restart of Alertmanager': {
        series: one(
          'vmalert_alerts_send_errors_total{addr="http://127.0.0.1:9093/api/v2/alerts"}',
          '0x14 3x180',
        ),
        moments: { 30: [], 60: [], 90: [], 120: [] },
      },
      'stays quiet while nothing fails': {
        series: one(
          'alertmanager_notifications_failed_total{receiver_name="slack",integration="slack"}',
          '3x60',
        ),
        moments: { 30: [], 60: [] },
      },
    },
  },
  CtxdBlind: {
    group: 'watch',
    severity: 'critical',
    summary: 'No alert about a session starts or resolves: ctxd is blind.',
    cases: {
      'fires while nothing arrives from the receiver and resolves when it reports again': {
        series: active('ctxd-receiver', '1x60 _x60 1x60'),
        moments: { 60: [], 90: [], 95: blind(35), 120: blind(60), 125: [] },
      },
      'fires while nothing arrives from the collector and resolves when it reports again': {
        series: one('otelcol_process_uptime_seconds_total', '1x60 _x60 1x60'),
        moments: { 60: [], 90: [], 95: blind(35), 125: [] },
      },
      'is one alert when both are silent': {
        series: {
          ...active('ctxd-receiver', '1x60 _x60'),
          ...one('otelcol_process_uptime_seconds_total', '1x60 _x60'),
        },
        moments: { 95: blind(35) },
      },
      'fires although the receiver ended its series when it was stopped': {
        series: active('ctxd-receiver', '1x60 stale _x60'),
        moments: { 95: blind(35) },
      },
      'stays quiet over a restart of 20 seconds': {
        series: active('ctxd-receiver', '1x60 _x20 1x60'),
        moments: { 80: [], 95: [], 120: [] },
      },
      'stays quiet where neither ever ran': {
        series: active('app', '1x60 _x60'),
        moments: { 60: [], 120: [] },
      },
    },
  },
  CtxdWatchdog: {
    group: 'watch',
    severity: 'none',
    summary: 'Alerts are evaluated and delivered.',
    cases: {
      'always fires': {
        series: {},
        moments: {
          0: fires('This alert always fires. If it stops arriving, the others would not arrive either.'),
        },
      },
    },
  },
};
