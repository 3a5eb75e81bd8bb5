import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type ProgramName, programs } from '../compose/programs/programs.ts';
import { withSparseSeries } from './sparse-series.ts';
import { acquire } from '../compose/programs/acquire.ts';
import { type CommandResult, runCommand } from '../compose/system/command.ts';

/** The committed rules. */
export const committedRules = resolve(import.meta.dirname, '../alerts/generated/rules.yaml');

/** Samples, one per second from 0 s, in vmalert-tool's notation: `50x9` is 50 followed by nine more. */
export type Series = Readonly<Record<string, string>>;

/** An alert that must fire. */
export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** What rules or queries must return at given times, in vmalert-tool's format. */
export interface Expectations {
  readonly alert_rule_test?: readonly {
    readonly eval_time: string;
    readonly groupname: string;
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
  readonly metricsql_expr_test?: readonly {
    readonly eval_time: string;
    readonly expr: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

/** The path of one of the stack's own programs. */
export function program(name: ProgramName): Promise<string> {
  return acquire(programs[name], { env: process.env, print: console.log });
}

/**
 * Runs the committed rules on series in vmalert-tool. Returns an empty text, or the differences.
 *
 * @param interval - time between two evaluations of the rules
 * @param kept - which annotations with tests of their own are compared, too: those for locked phones, and the times in links;
 *   and whether the sender also exports the sparse series, which is the default
 */
export async function disagreement(
  series: Series,
  expectations: Expectations,
  interval = '1s',
  kept: { readonly titles?: boolean; readonly times?: boolean; readonly sparse?: boolean } = {},
): Promise<string> {
  const all = await readFile(committedRules, 'utf8');
  const timeless = kept.times ? all : withoutTimes(all);
  await using ruleFile = await temporaryFile(kept.titles ? timeless : withoutTitles(timeless));
  await using file = await temporaryFile(
    unitTest(kept.sparse === false ? series : withSparseSeries(series), expectations, {
      interval,
      rules: ruleFile.path,
    }),
  );
  const result = await runCommand(await program('vmalert-tool'), ['unittest', `--files=${file.path}`]);
  return result.exitCode === 0 ? '' : result.output;
}

/** Checks rules with vmalert without starting it. */
export async function dryRun(rules: string): Promise<CommandResult> {
  await using file = await temporaryFile(rules);
  return await runCommand(await program('vmalert'), ['-dryRun', `-rule=${file.path}`]);
}

const withoutTitles = (rules: string) => rules.replaceAll(/^ {10}(?:title|advice|resolved): .*\n/gm, '');
/** Links start an hour before their alert, which would be another time in each case. */
const withoutTimes = (rules: string) => rules.replaceAll(/from=\{\{[^}]*\}\}&to=now&/g, '');

function unitTest(
  series: Series,
  expectations: Expectations,
  { interval, rules }: { readonly interval: string; readonly rules: string },
): string {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return stringify({
    rule_files: [rules],
    evaluation_interval: interval,
    tests: [{ interval: '1s', input_series: input, ...expectations }],
  });
}

async function temporaryFile(content: string) {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-rules-'));
  const path = join(folder, 'file.yaml');
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
