import { createHmac } from 'node:crypto';
import { basicAuthorization } from '../../compose/runtime/login.ts';
import { StackError } from '../../compose/system/stack-error.ts';

/** Who Grafana is opened as. A viewer reads the boards and changes nothing. */
export type GrafanaRole = 'viewer' | 'admin';

/** A Grafana, and the password of its user `admin`. */
export interface GrafanaAccess {
  readonly url: string;
  readonly password: string;
  /** The file that contains the password, for messages. */
  readonly passwordFile: string;
}

/** Grafana's user for `ctxd open`. */
const viewer = 'ctxd-viewer';
const patienceMillis = 10_000;

/**
 * Logs in to Grafana.
 *
 * Grafana's own login with a JSON Web Token would need no request from here. But it starts no session: the token stays in the
 * address bar, and Grafana logs the user out when it expires.
 *
 * @returns the cookies of Grafana's session, as `set-cookie` headers
 * @throws StackError if Grafana does not answer, or refuses the password
 */
export async function grafanaSession(access: GrafanaAccess, role: GrafanaRole): Promise<string[]> {
  const session = role === 'admin' ? undefined : await logIn(access, viewer, viewerPassword(access));
  if (session !== undefined) return session;
  const admin = await logIn(access, 'admin', access.password);
  if (admin === undefined) throw loginError(access, 'refuses the password of its user admin');
  if (role === 'admin') return admin;
  await prepareViewer(access);
  const created = await logIn(access, viewer, viewerPassword(access));
  if (created === undefined) throw loginError(access, `refuses its new user ${viewer}`);
  return created;
}

async function logIn(access: GrafanaAccess, user: string, password: string): Promise<string[] | undefined> {
  const response = await request(access, 'POST /login', { user, password });
  return response.ok ? response.headers.getSetCookie() : undefined;
}

/** Creates the viewer, or sets its password again. */
async function prepareViewer(access: GrafanaAccess): Promise<void> {
  const password = viewerPassword(access);
  const user = { login: viewer, name: 'ctxd viewer', password };
  if ((await request(access, 'POST /api/admin/users', user)).ok) return;
  const found = await request(access, `GET /api/users/lookup?loginOrEmail=${viewer}`);
  const { id } = (await found.json()) as { id?: number };
  await request(access, `PUT /api/admin/users/${id}/password`, { password });
}

// Derived, so that there is no further secret to keep.
const viewerPassword = ({ password }: GrafanaAccess) =>
  createHmac('sha256', password).update(viewer).digest('base64url');

async function request(access: GrafanaAccess, call: string, body?: object): Promise<Response> {
  const [method = '', path = ''] = call.split(' ');
  try {
    return await fetch(access.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(path.startsWith('/api/') && { authorization: basicAuthorization('admin', access.password) }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMillis),
    });
  } catch (cause) {
    throw loginError(access, 'does not answer', cause);
  }
}

function loginError({ url, passwordFile }: GrafanaAccess, problem: string, cause?: unknown): StackError {
  return new StackError(`Grafana at ${url} ${problem}.`, {
    remedy: `Open it by hand. The user is admin; its first password is in ${passwordFile}`,
    cause,
  });
}
