import { expect } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';

/** An alert as Alertmanager posts it to a webhook. */
export interface DeliveredAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** All that the webhook was told of a session, in the order in which it got it. */
export async function deliveredAlerts(webhookUrl: string, sessionId: string): Promise<DeliveredAlert[]> {
  const notifications = (await (await fetch(webhookUrl)).json()) as { alerts: DeliveredAlert[] }[];
  return notifications
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels['session_id'] === sessionId);
}

/** The same in words, such as `ContextWindowCritical firing`. */
export async function courseOf(webhookUrl: string, sessionId: string): Promise<string[]> {
  const alerts = await deliveredAlerts(webhookUrl, sessionId);
  return alerts.map(({ labels, status }) => `${labels['alertname']} ${status}`);
}

/**
 * Waits until the webhook was told as much of a session, and compares.
 *
 * @param anyOrderFrom - index from which on the order does not matter: Alertmanager tells each alert in its own time.
 */
export async function expectCourse(
  webhookUrl: string,
  sessionId: string,
  course: readonly string[],
  { anyOrderFrom = course.length } = {},
): Promise<void> {
  await waitUntil(async () => (await courseOf(webhookUrl, sessionId)).length >= course.length, 60_000);
  const inOrder = (told: readonly string[]) => [
    ...told.slice(0, anyOrderFrom),
    ...told.slice(anyOrderFrom).toSorted(),
  ];
  const told = inOrder(await courseOf(webhookUrl, sessionId));
  expect({ sessionId, told }).toEqual({ sessionId, told: inOrder(course) });
}
