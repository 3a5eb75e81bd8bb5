import { compare, hash } from 'bcryptjs';
import { stringify } from 'yaml';
import { alertmanagerLogin } from './parts.ts';

/** Of each try at the password, as a power of two: the least there is, since whoever reads the hash reads the password beside it. */
const cost = 4;

/**
 * Whom Alertmanager lets in: its web configuration, with a hash of the password.
 *
 * @param before - the configuration so far: its hash stays while it fits, since each new one is another.
 * @see https://github.com/prometheus/exporter-toolkit/blob/v0.15.1/docs/web-configuration.md
 */
export async function alertmanagerAccess(password: string, before: string): Promise<string> {
  const known = /\$2b\$04\$[./\w]{53}/.exec(before)?.[0];
  const fits = known !== undefined && (await compare(password, known));
  const kept = fits ? known : await hash(password, cost);
  return stringify({ basic_auth_users: { [alertmanagerLogin.user]: kept } });
}
