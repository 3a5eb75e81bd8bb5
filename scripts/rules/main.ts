import { parseArgs } from 'node:util';
import { thresholdsFrom } from '#thresholds';
import { prometheusRuleResource, prometheusRules } from '../../alerts/prometheus-rules.ts';
import { rulesFile } from '../../alerts/rules.ts';
import { type AlertSettings, alertSettingsFrom } from '../../alerts/settings.ts';
import { exitCodes, messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { didYouMean } from '../reach/nearest.ts';
import type { Surface } from '../reach/surface.ts';

const formats = {
  vmalert: rulesFile,
  prometheus: prometheusRules,
  prometheusrule: prometheusRuleResource,
} satisfies Record<string, (settings: Partial<AlertSettings>) => string>;

const usage = `Usage: ctxd rules --format vmalert|prometheus|prometheusrule

Prints the alert rules, with the thresholds and settings of the environment, for a store of your own.

  --format vmalert         For vmalert, in MetricsQL (default).
  --format prometheus      For Prometheus and stores that speak its language, in PromQL.
  --format prometheusrule  The same as a resource of the Prometheus operator in Kubernetes.
  --help                   Prints this help.

Alertmanager gets its configuration from stack:up; that of your own needs a route for the label severity.`;

/** Runs `ctxd rules` and returns its exit status. */
export async function rulesCommand(
  args: readonly string[],
  { env, print }: Pick<Surface, 'env' | 'print'>,
): Promise<number> {
  const { help, format } = parse(args);
  if (help) print(usage);
  else print(rulesFor(format, env).trimEnd());
  return exitCodes.ok;
}

function rulesFor(format: keyof typeof formats, env: NodeJS.ProcessEnv): string {
  try {
    const grafanaUrl = env['CTXD_ALERT_GRAFANA_URL'] || undefined;
    return formats[format]({
      thresholds: thresholdsFrom(env),
      ...alertSettingsFrom(env),
      ...(grafanaUrl && { grafanaUrl }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function parse(args: readonly string[]): { readonly help: boolean; readonly format: keyof typeof formats } {
  const options = {
    format: { type: 'string', default: 'vmalert' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const see = 'See ctxd rules --help';
  try {
    const { format, help } = parseArgs({ args: [...args], options }).values;
    if (Object.hasOwn(formats, format)) return { help, format: format as keyof typeof formats };
    const names = Object.keys(formats);
    throw new RangeError(
      `Expected --format to be one of ${names.join(', ')}, got \`${format}\`. ${didYouMean(format, names) ?? ''}`.trim(),
    );
  } catch (error) {
    throw new UsageError(messageOf(error), { remedy: see });
  }
}
