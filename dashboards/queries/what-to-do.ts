import { alertNames, otherAlertNames } from './alerts.ts';
import type { Thresholds } from '#thresholds';
import { chosen, live, named } from './expressions.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

/** What to do about an alert, as the lists of the dashboards say it. */
export interface Action {
  readonly alert: string;
  /** At most 17 letters, so that it fits its column. */
  readonly text: string;
  /** Decides the colour. */
  readonly severity: 'critical' | 'warning' | 'info';
}

/** What to do about a session, the most urgent first. A session has one action: the first whose alert fires. */
export const sessionActions: readonly Action[] = [
  { alert: alertNames.critical, text: 'Save now', severity: 'critical' },
  { alert: otherAlertNames.overdue, text: 'Save overdue', severity: 'critical' },
  { alert: alertNames.compaction, text: 'About to compact', severity: 'warning' },
  { alert: alertNames.fullSoon, text: 'Full soon', severity: 'warning' },
  { alert: alertNames.warning, text: 'Save soon', severity: 'warning' },
  { alert: alertNames.fast, text: 'Filling fast', severity: 'info' },
];

/** What is wrong with the account or with ctxd itself. */
export const ownActions: readonly Action[] = [
  { alert: 'CtxdBlind', text: 'ctxd is blind', severity: 'critical' },
  { alert: 'CtxdStorageReadOnly', text: 'Store is full', severity: 'critical' },
  { alert: otherAlertNames.rateLimit, text: 'Rate limit near', severity: 'warning' },
  { alert: 'CtxdTelemetryAbsent', text: 'Server is silent', severity: 'warning' },
  { alert: 'CtxdCollectorLosing', text: 'Data is lost', severity: 'warning' },
  { alert: 'CtxdQueueNearlyFull', text: 'Queue nearly full', severity: 'warning' },
  { alert: 'CtxdDiskLow', text: 'Disk nearly full', severity: 'warning' },
  { alert: 'CtxdSeriesLimitNear', text: 'Too many series', severity: 'warning' },
  { alert: 'CtxdSessionsDropped', text: 'Sessions dropped', severity: 'warning' },
  { alert: 'CtxdRulesFailing', text: 'Alert rules fail', severity: 'warning' },
  { alert: 'CtxdNotificationsFailing', text: 'Alerts not sent', severity: 'warning' },
];

const label = (expr: string, name: string, value: string) =>
  `label_replace(${expr}, "${name}", "${value}", "", "")`;

/** Seconds for which alerts have been firing, by `labels`. vmalert writes both series, so that it works in the past, too. */
function firingFor(alerts: string, labels: string): string {
  const since = `default_rollup(ALERTS_FOR_STATE{alertname=~"${alerts}"}[30s])`;
  const firing = `default_rollup(ALERTS{alertname=~"${alerts}", alertstate="firing"}[30s])`;
  return `time() - max by (${labels}) (${since}) and on (${labels}) ${firing}`;
}

/** Alerts on a threshold, which fire for some seconds after a checkpoint: a peak must not be missed. */
function stillTrue(alert: string, { warning, critical }: Thresholds): string {
  const threshold = { [alertNames.critical]: critical, [alertNames.warning]: warning }[alert];
  if (threshold === undefined) return '';
  return ` unless on (session_id) (${live(metric.usage)} < ${threshold.percent})`;
}

const bySession = (thresholds: Thresholds) =>
  sessionActions.map(({ alert }, index) => {
    const firing = `(${firingFor(alert, 'alertname, session_id')}${stillTrue(alert, thresholds)})`;
    return label(firing, 'rank', String(index));
  });
const own = firingFor(ownActions.map(({ alert }) => alert).join('|'), 'alertname');

/** The lists of what to do. A session that is silent while the stack is blind keeps its name for as long as its alert fires. */
export function actionQueries(thresholds: Thresholds) {
  const sessions = named(chosen(`(${bySession(thresholds).join(' or on (session_id) ')})`), { during: '6h' });
  return queryTable({
    whatToDo: {
      expr: [
        label(sessions, 'board', 'ctxd-session-detail'),
        label(label(label(own, 'session', 'ctxd'), 'board', 'ctxd-pipeline-health'), 'rank', '9'),
      ].join(' or '),
      unit: 's',
      meaning:
        'Seconds for which the most urgent alert of each session, and each alert on ctxd, has been firing.',
    },
    ownProblems: {
      expr: own,
      unit: 's',
      meaning: 'Seconds for which each alert on the account or on ctxd itself has been firing.',
    },
  });
}
