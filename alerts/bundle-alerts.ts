import { bundleQueries } from '#queries';
import type { Alert } from './rule.ts';

const queuePercent = 80;
const seriesPercent = 80;
const leastDiskBytes = 2 ** 30;

const dashboard = 'ctxd-pipeline-health';

/** The alert that always fires. Alertmanager has a separate route for it. */
export const watchdogName = 'CtxdWatchdog';

/** The alert that fires while ctxd is blind. While vmalert or VictoriaMetrics is away, the receiver starts it instead. */
const blindName = 'CtxdBlind';

/** The alerts about the stack itself: while none of them fires, silence means that all is well. */
export const bundleAlerts: readonly Alert[] = [
  {
    name: 'CtxdTelemetryAbsent',
    severity: 'warning',
    query: bundleQueries.telemetryAbsent,
    hold: '30s',
    summary: 'Session metrics no longer arrive.',
    description:
      'Nothing has arrived from {{ $labels.service_name }} for more than a minute: its sessions are not watched. See npm run stack:status, and npm run doctor.',
    dashboard,
  },
  {
    name: 'CtxdCollectorLosing',
    severity: 'warning',
    query: bundleQueries.collectorLoses,
    summary: 'The collector refuses or drops telemetry.',
    description:
      'The collector loses {{ printf "%.1f" $value }} data points a second at {{ $labels.receiver }}{{ $labels.exporter }}. See npm run stack:logs -- collector.',
    dashboard,
  },
  {
    name: 'CtxdQueueNearlyFull',
    severity: 'warning',
    query: { expr: `${bundleQueries.queueUsed.expr} >= ${queuePercent}` },
    summary: 'A queue of the collector is nearly full.',
    description:
      '{{ printf "%.0f" $value }} % of the queue {{ $labels.exporter }} is used: its destination is slow or down. See npm run stack:status.',
    dashboard,
  },
  {
    name: 'CtxdStorageReadOnly',
    severity: 'critical',
    query: bundleQueries.storageReadOnly,
    // After an outage of some minutes it takes VictoriaMetrics a while until its own metrics are back.
    hold: '1m',
    summary: 'VictoriaMetrics has stopped storing data.',
    description:
      'VictoriaMetrics has stopped storing data, most likely because its disk is full. Free some space; it then resumes on its own.',
    dashboard,
  },
  {
    name: 'CtxdDiskLow',
    severity: 'warning',
    query: { expr: `${bundleQueries.diskLeft.expr} < ${leastDiskBytes}` },
    summary: 'The disk under VictoriaMetrics is nearly full.',
    description:
      '{{ humanize1024 $value }}B are left until VictoriaMetrics stops storing. Free some space on its disk.',
    dashboard,
  },
  {
    name: 'CtxdSeriesLimitNear',
    severity: 'warning',
    query: { expr: `${bundleQueries.seriesLimitUsed.expr} >= ${seriesPercent}` },
    summary: 'VictoriaMetrics is close to its limit on new series.',
    description:
      '{{ printf "%.0f" $value }} % of the limit on series is used; beyond it, new sessions are dropped without an error. Find what sends so many, or raise the limit.',
    dashboard,
  },
  {
    name: 'CtxdSessionsDropped',
    severity: 'warning',
    query: bundleQueries.sessionsDropped,
    summary: 'More sessions live than ctxd keeps.',
    description:
      '{{ $labels.service_name }} dropped {{ printf "%.0f" $value }} live sessions in the last 5 minutes, those that were idle longest. Raise CTXD_MAX_SESSIONS.',
    dashboard,
  },
  {
    name: 'CtxdRulesFailing',
    severity: 'warning',
    query: bundleQueries.rulesFail,
    hold: '30s',
    summary: 'Alert rules fail, or new ones were refused.',
    description:
      'vmalert failed to evaluate a rule, or refused new ones: some alerts may not fire. See npm run stack:logs -- vmalert.',
    dashboard,
  },
  {
    name: 'CtxdNotificationsFailing',
    severity: 'warning',
    query: bundleQueries.notificationsFail,
    summary: 'Alerts cannot be delivered.',
    description:
      'Notifications to {{ $labels.receiver_name }}{{ $labels.addr }} fail. Run npm run alerts:test to see why.',
    dashboard,
  },
];

/** The alerts about whether alerts arrive. They are evaluated more often than the other alerts about the stack. */
export const watchAlerts: readonly Alert[] = [
  {
    name: blindName,
    severity: 'critical',
    query: bundleQueries.blind,
    hold: '15s',
    summary: 'No alert about a session starts or resolves: ctxd is blind.',
    description:
      'Nothing has arrived from the receiver or the collector for {{ printf "%.0f" $value }} seconds. Alerts that fire stay as they are until ctxd sees again. See npm run stack:status.',
    dashboard,
  },
  {
    name: watchdogName,
    severity: 'none',
    query: bundleQueries.always,
    summary: 'Alerts are evaluated and delivered.',
    description: 'This alert always fires. If it stops arriving, the others would not arrive either.',
    dashboard,
  },
];
