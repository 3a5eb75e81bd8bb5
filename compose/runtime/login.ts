import { readFile } from 'node:fs/promises';
import type { Part } from '../parts.ts';
import { sharedPath } from './state.ts';

/** Value of the `authorization` header that lets a user in by a password. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The same for a part of the stack; nothing where it asks for none, or was never started with one. */
export async function authorizationFor({ login }: Part, stateDir: string): Promise<string | undefined> {
  if (login === undefined) return undefined;
  const password = await readFile(sharedPath(stateDir, login.passwordFile), 'utf8').catch(() => undefined);
  return password === undefined ? undefined : basicAuthorization(login.user, password.trimEnd());
}
