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
  const received = sortedFrom(anyOrderFrom, await courseOf(webhookUrl, sessionId));
  expect({ sessionId, received }).toEqual({ sessionId, received: sortedFrom(anyOrderFrom, course) });
}

/** A course whose order does not matter from an index on. */
export function sortedFrom(index: number, course: readonly string[]): string[] {
  return [...course.slice(0, index), ...course.slice(index).toSorted()];
}
