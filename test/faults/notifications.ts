import type { HttpRecorder } from '../http-recorder.ts';

/** A notification that the user's webhook received. */
export interface Notification {
  readonly alert: string;
  readonly status: 'firing' | 'resolved';
  /** Empty for an alert about the stack itself. */
  readonly session: string;
}

interface Posted {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Record<string, string>;
  }[];
}

/** All notifications so far, in the order of arrival. */
export function notificationsOf(webhook: HttpRecorder): Notification[] {
  const alerts = webhook.requests('/').flatMap(({ body }) => (body as Posted).alerts);
  return alerts.map(({ status, labels }) => ({
    alert: labels['alertname'] ?? '',
    status,
    session: labels['session_id'] ?? '',
  }));
}

/** What was sent, in a few words: `ContextWindowCritical: 2 fired, 2 resolved`. */
export function inWords(notifications: readonly Notification[]): string {
  const names = [...new Set(notifications.map(({ alert }) => alert))].toSorted();
  const words = names.map((name) => {
    const count = (wanted: string) =>
      notifications.filter(({ alert, status }) => alert === name && status === wanted).length;
    return `${name}: ${count('firing')} fired, ${count('resolved')} resolved`;
  });
  return words.join('; ') || 'nothing';
}

/** What a fault may cause to be sent. */
export interface Expectation {
  /** Each must have fired once and resolved once, in this order; no other session may have. */
  readonly sessions: readonly string[];
  /** Alerts about the stack itself that may be sent; each that fires must resolve. */
  readonly resolving: readonly string[];
  /** The same, of those that need not resolve. */
  readonly staysFiring: readonly string[];
}

/** Problems with notifications. `repeated` stands apart, because some faults may cause that. */
export function problemsIn(
  notifications: readonly Notification[],
  { sessions, resolving, staysFiring }: Expectation,
): { readonly wrong?: string; readonly repeated?: string } {
  const courseOf = (of: string, isIt: (notification: Notification) => boolean) => ({
    of,
    course: notifications.filter(isIt).map(({ alert, status }) => `${alert} ${status}`),
  });
  const expected = ['ContextWindowCritical firing', 'ContextWindowCritical resolved'];
  const courses = sessions.map((of) => courseOf(of, ({ session }) => session === of));
  const incomplete = courses.find(({ course }) => String(withoutRepetitions(course)) !== String(expected));
  if (incomplete) return { wrong: `${incomplete.of} was sent ${incomplete.course.join(', ') || 'nothing'}` };
  const stranger = notifications.find(({ alert, session }) =>
    session === '' ? ![...resolving, ...staysFiring].includes(alert) : !sessions.includes(session),
  );
  if (stranger)
    return { wrong: `${stranger.alert} ${stranger.status} was sent for ${stranger.session || 'the stack'}` };
  const open = resolving
    .map((of) => courseOf(of, ({ alert, session }) => session === '' && alert === of))
    .find(({ course }) => course.at(-1)?.endsWith('firing'));
  if (open) return { wrong: `${open.of} did not resolve` };
  const repeated = courses.find(({ course }) => course.length > expected.length);
  return repeated ? { repeated: `a notification of ${repeated.of} was sent twice` } : {};
}

const withoutRepetitions = (course: readonly string[]) =>
  course.filter((notification, index) => notification !== course[index - 1]);
