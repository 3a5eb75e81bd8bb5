import type { KeptAlert } from '../answers.ts';
import { RequestProblem } from '../request-problem.ts';

/** One alert of a notification, before the inbox numbers it. */
export type InboxAlert = Omit<KeptAlert, 'id' | 'receivedAtMillis'>;

/** Most characters of a text to keep. */
const mostLetters = 2_000;

/**
 * Reads a notification from Alertmanager's webhook.
 *
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 *
 * @throws RequestProblem 400 naming the missing or invalid field
 */
export function readAlerts(notification: unknown): readonly InboxAlert[] {
  const { alerts } = record(notification);
  if (!Array.isArray(alerts)) throw new RequestProblem(400, 'alerts', 'a list', alerts);
  return alerts.map((alert, index) => readAlert(record(alert), index));
}

function readAlert(alert: Readonly<Record<string, unknown>>, index: number): InboxAlert {
  const [labels, annotations] = [record(alert['labels']), record(alert['annotations'])];
  const { status } = alert;
  if (status !== 'firing' && status !== 'resolved') {
    throw new RequestProblem(400, `alerts[${index}].status`, '`firing` or `resolved`', status);
  }
  return {
    status,
    name: text(labels['alertname']),
    severity: text(labels['severity']),
    sessionId: text(labels['session_id']),
    summary: text(annotations['summary']),
    description: text(annotations['description']),
    ...optional('title', annotations[status === 'firing' ? 'title' : 'resolved']),
    ...optional('advice', annotations['advice']),
    runbookUrl: text(annotations['runbook_url']),
    dashboardUrl: text(annotations['dashboard_url']),
    startsAt: text(alert['startsAt']),
    endsAt: status === 'resolved' ? text(alert['endsAt']) : '',
    fingerprint: text(alert['fingerprint']),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, mostLetters) : '');

const optional = (field: 'title' | 'advice', value: unknown) => (text(value) ? { [field]: text(value) } : {});
