import { imageReference, imageVariable, type Part, type PartName, partNamed } from '../../parts.ts';
import { lastWords, lineByLine, runCommand } from '../../system/command.ts';
import type { Container } from './containers.ts';
import type { LeftOut, Stack } from '../runtime.ts';
import { exitCodes, StackError } from '../../system/stack-error.ts';

type PullStack = Pick<Stack, 'env' | 'print' | 'warn' | 'progress' | 'signal'>;

/**
 * Pulls the images that this machine lacks, or all of them with `pull`.
 *
 * @returns the optional parts whose image cannot be pulled.
 * @throws StackError for any other part whose image cannot be pulled.
 */
export async function pullImages(parts: readonly Part[], stack: PullStack, pull = false): Promise<LeftOut[]> {
  const pulls = await Promise.allSettled(parts.map(async (part) => await pullImage(part, stack, pull)));
  stack.signal?.throwIfAborted();
  return pulls.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    const part = parts[index];
    if (!(result.reason instanceof StackError) || part?.optional === undefined) throw result.reason;
    return [{ part, reason: result.reason.message }];
  });
}

/** Whether this machine has the image of a part. */
export async function hasImage(part: Part, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await runCommand('docker', ['image', 'inspect', imageOf(part, env)], { env })).exitCode === 0;
}

/** The running parts whose image name now refers to a newer image. */
export async function outdatedParts(
  containers: readonly Container[],
  env: NodeJS.ProcessEnv,
): Promise<Set<PartName>> {
  const outdated = new Set<PartName>();
  for (const { name, image, state } of containers) {
    const args = ['image', 'inspect', '--format', '{{.Id}}', imageOf(partNamed(name), env)];
    const present = (await runCommand('docker', args, { env })).stdout.trim();
    if (state === 'running' && present !== '' && present !== image) outdated.add(name);
  }
  return outdated;
}

async function pullImage(part: Part, stack: PullStack, pull: boolean): Promise<void> {
  const { env, print, signal, warn, progress } = stack;
  const image = imageOf(part, env);
  const present = await hasImage(part, env);
  // An image with a digest never changes.
  if (present && (!pull || image.includes('@sha256:'))) return;
  print(`Pulling ${image} …`);
  const onOutput = layersCounted((words) => progress?.(part.name, words));
  const result = await runCommand('docker', ['pull', image], { env, signal, onOutput });
  if (result.exitCode === 0) return progress?.(part.name, 'pulled', true);
  const why = `cannot be pulled: ${lastWords(result)}`;
  if (!present) throw notPulled(part, why, env);
  progress?.(part.name, 'using the local image', true);
  warn(`The image of ${part.name} ${why}. Using the local one.`);
}

/** Counts the layers in the output of `docker pull`. */
function layersCounted(show: (words: string) => void): (text: string) => void {
  let [all, done] = [0, 0];
  return lineByLine((line) => {
    if (/: (Pulling fs layer|Already exists)$/.test(line)) all += 1;
    if (/: (Pull complete|Already exists)$/.test(line)) done += 1;
    if (all > 0) show(`pulling, ${done} of ${all} layers`);
  });
}

function notPulled(part: Part, why: string, env: NodeJS.ProcessEnv): StackError {
  return new StackError(`The image of ${part.name} is not on this machine and ${why}.`, {
    remedy: `Set ${imageVariable(part.name)} to an image that this machine has or can pull, instead of ${imageOf(part, env)}.`,
    exitCode: exitCodes.noRuntime,
  });
}

function imageOf({ name, image }: Part, env: NodeJS.ProcessEnv): string {
  return env[imageVariable(name)] || imageReference(image);
}
