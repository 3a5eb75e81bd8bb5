import { lastWords, runCommand } from '../../system/command.ts';

/** Why Docker cannot be used, and what to do about it. */
export interface DockerProblem {
  readonly reason: string;
  readonly remedy: string;
}

/** From specific to general: the first match counts. */
const engineProblems: readonly (DockerProblem & { readonly words: RegExp })[] = [
  {
    words: /docker: (command )?not found/,
    reason: 'There is no docker command',
    remedy: 'Install Docker: https://docs.docker.com/get-docker/',
  },
  {
    words: /permission denied/i,
    reason: 'This user is not allowed to use the Docker engine',
    remedy: 'Add the user to the group docker, or use rootless Docker.',
  },
  { words: /./, reason: 'No Docker engine answers', remedy: 'Start Docker.' },
];

/** The oldest compose that supports everything in the compose file. */
const oldestCompose = [2, 17] as const;

/** Why Docker cannot be used: no engine answers, or compose is missing or too old. Undefined when it can be used. */
export async function dockerProblem(env: NodeJS.ProcessEnv): Promise<DockerProblem | undefined> {
  const run = async (...args: string[]) => await runCommand('docker', args, { env, timeoutMillis: 10_000 });
  const engine = await run('version', '--format', '{{.Server.Version}}');
  if (engine.exitCode !== 0) return engineProblem(lastWords(engine));
  const compose = await run('compose', 'version', '--short');
  if (compose.exitCode === 0 && isComposeNewEnough(compose.stdout)) return undefined;
  const what =
    compose.exitCode === 0 ? `compose ${compose.stdout.trim()}, which is too old` : 'no compose plugin';
  return {
    reason: `Docker is running, but has ${what}`,
    remedy: `Install Docker Compose ${oldestCompose.join('.')} or newer: https://docs.docker.com/compose/install/`,
  };
}

function engineProblem(words: string): DockerProblem {
  const { reason, remedy } = engineProblems.find((problem) => problem.words.test(words)) ?? {
    reason: 'Docker does not work',
    remedy: 'Run `docker version` to see why.',
  };
  return { reason: `${reason} (${words})`, remedy };
}

/** Whether compose is new enough; a version without numbers, such as that of a development build, is. */
export function isComposeNewEnough(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return true;
  const [leastMajor, leastMinor] = oldestCompose;
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}
