import { destinationsFrom } from '../../compose/destinations.ts';
import { sharedFiles } from '../../compose/files.ts';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { secretIn } from './named-file.ts';

/**
 * The collector's copies of the token and the certificate authority of the stack that it sends to: path below the state
 * folder → content. Empty where none is needed, because a container mounts both.
 *
 * @throws UsageError naming the wrong variable
 */
export async function destinationFiles(env: NodeJS.ProcessEnv): Promise<Readonly<Record<string, string>>> {
  try {
    const [remote] = destinationsFrom(env);
    return {
      [sharedFiles.remoteToken.path]: remote?.hasToken ? await secretIn(env, 'CTXD_REMOTE_TOKEN_FILE') : '',
      [sharedFiles.remoteAuthority.path]: remote?.hasAuthority
        ? await certificateIn(env, 'CTXD_REMOTE_CA_FILE')
        : '',
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(messageOf(error), { cause: error });
  }
}

async function certificateIn(env: NodeJS.ProcessEnv, variable: string): Promise<string> {
  const text = await secretIn(env, variable);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return `${text}\n`;
  throw new RangeError(
    `Expected ${variable} to name a file with a certificate in PEM form, got \`${env[variable]}\``,
  );
}
