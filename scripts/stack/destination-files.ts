import { type Destination, destinationsFrom, destinationVariable } from '../../compose/destinations.ts';
import { sharedFiles } from '../../compose/files.ts';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { secretIn } from './named-file.ts';

/**
 * The collector's copies of the tokens and the certificate authorities of the machines that it sends to: path below the
 * state folder → content. Empty where none is needed, because a container mounts all.
 *
 * @throws UsageError naming the wrong variable
 */
export async function destinationFiles(env: NodeJS.ProcessEnv): Promise<Readonly<Record<string, string>>> {
  try {
    const destinations = destinationsFrom(env);
    const files = (['remote', 'metrics'] as const).map(async (name) => {
      const { hasToken, hasAuthority } = destinations.find((to) => to.name === name) ?? {};
      return {
        [tokenPath(name)]: hasToken ? await secretIn(env, destinationVariable(name, 'TOKEN')) : '',
        [authorityPath(name)]: hasAuthority ? await certificateIn(env, destinationVariable(name, 'CA')) : '',
      };
    });
    return Object.assign({}, ...(await Promise.all(files))) as Record<string, string>;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(messageOf(error), { cause: error });
  }
}

const tokenPath = (name: Destination['name']) => sharedFiles[`${name}Token`].path;
const authorityPath = (name: Destination['name']) => sharedFiles[`${name}Authority`].path;

async function certificateIn(env: NodeJS.ProcessEnv, variable: string): Promise<string> {
  const text = await secretIn(env, variable);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return `${text}\n`;
  throw new RangeError(
    `Expected ${variable} to name a file with a certificate in PEM form, got \`${env[variable]}\``,
  );
}
