import { readRegularFile } from '#regular-file';
import type { Part } from '../parts.ts';
import { basicCredentials } from './basic-credentials.ts';
import { sharedPath } from './state.ts';

/** The `authorization` header for a user and a password. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${basicCredentials(user, password)}`;
}

/** The `authorization` header for a part; undefined when it needs none, or has no password yet. */
export async function authorizationFor({ login }: Part, stateDir: string): Promise<string | undefined> {
  if (login === undefined) return undefined;
  const password = await readRegularFile(sharedPath(stateDir, login.passwordFile)).catch(() => undefined);
  return password === undefined ? undefined : basicAuthorization(login.user, password.trimEnd());
}

/** The `authorization` header for the stack's receiver; undefined when it has no token yet. */
export async function receiverAuthorization(stateDir: string): Promise<string | undefined> {
  const token = await receiverTokenIn(stateDir);
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** The token of the stack's receiver; undefined when there is none yet. */
export async function receiverTokenIn(stateDir: string): Promise<string | undefined> {
  const token = await readRegularFile(sharedPath(stateDir, 'receiverToken')).catch(() => '');
  return token.trim() || undefined;
}
