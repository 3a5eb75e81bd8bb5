/** Options that npm keeps for itself, unless they follow `--`. */
const options = [
  'json',
  'dry-run',
  'all',
  'once',
  'monitor',
  'nudge',
  'yes',
  'force',
  'since',
  'speed',
] as const;

/**
 * A sentence on an option typed without `--`, as in `npm run sessions --json`: npm keeps it, and the command would run
 * without it.
 */
export function keptByNpm(args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const script = env['npm_lifecycle_event'];
  if (script === undefined || !env['npm_command']?.startsWith('run')) return undefined;
  const kept = options.find((option) => isSet(env[`npm_config_${option.replaceAll('-', '_')}`]));
  if (kept === undefined || args.some((argument) => argument.startsWith(`--${kept}`))) return undefined;
  const remedy = kept === 'json' ? ' Or, for JSON alone: ctxd … --json' : '';
  return `npm kept --${kept} for itself. Put -- before it: npm run ${script} -- --${kept}${remedy}`;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false';
}
