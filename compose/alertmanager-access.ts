import { compare, hash } from 'bcryptjs';
import { stringify } from 'yaml';
import { alertmanagerLogin } from './parts.ts';

/** bcrypt's cost, as a power of two. The minimum will do: anyone who can read the hash can read the password beside it. */
const cost = 4;

/**
 * Alertmanager's web configuration: it accepts one user, by a hash of the password.
 *
 * @param before - the current configuration: its hash is kept while it matches the password, because every new hash differs.
 * @see https://github.com/prometheus/exporter-toolkit/blob/v0.15.1/docs/web-configuration.md
 */
export async function alertmanagerAccess(password: string, before: string): Promise<string> {
  const current = /\$2b\$04\$[./\w]{53}/.exec(before)?.[0];
  const matches = current !== undefined && (await compare(password, current));
  const kept = matches ? current : await hash(password, cost);
  return stringify({ basic_auth_users: { [alertmanagerLogin.user]: kept } });
}
