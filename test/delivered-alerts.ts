import { expect } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';

/** An alert as Alertmanager posts it to a webhook. */
export interface DeliveredAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** All alerts of a session that the webhook received, in order of arrival. */
export async function deliveredAlerts(webhookUrl: string, sessionId: string): Promise<DeliveredAlert[]> {
  const notifications = (await (await fetch(webhookUrl)).json()) as { alerts: DeliveredAlert[] }[];
  return notifications
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels['session_id'] === sessionId);
}

/** The same as text, such as `ContextWindowCritical firing`. */
export async function courseOf(webhookUrl: string, sessionId: string): Promise<string[]> {
  const alerts = await deliveredAlerts(webhookUrl, sessionId);
  return alerts.map(({ labels, status }) => `${labels['alertname']} ${status}`);
}

/**
 * Waits until the webhook received as many alerts of a session, and compares them.
 *
 * @param anyOrderFrom - index from which the order does not matter: Alertmanager sends each alert in its own time.
 */
export async function expectCourse(
  webhookUrl: string,
  sessionId: string,
  course: readonly string[],
  { anyOrderFrom = course.length } = {},
): Promise<void> {
  await waitUntil(async () => (await courseOf(webhookUrl, sessionId)).length >= course.length, 120_000);
  const inOrder = (alerts: readonly string[]) => [
    ...alerts.slice(0, anyOrderFrom),
    ...alerts.slice(anyOrderFrom).toSorted(),
  ];
  const received = inOrder(await courseOf(webhookUrl, sessionId));
  expect({ sessionId, received }).toEqual({ sessionId, received: inOrder(course) });
}
