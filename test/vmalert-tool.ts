import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type ProgramName, programs } from '../compose/programs/programs.ts';
import { acquire } from '../compose/programs/acquire.ts';
import { type CommandResult, runCommand } from '../compose/system/command.ts';

/** The committed rules. */
export const committedRules = resolve(import.meta.dirname, '../alerts/generated/rules.yaml');

/** Samples, one a second from 0 s, in vmalert-tool's notation: `50x9` is 50 and then nine times 50. */
export type Series = Readonly<Record<string, string>>;

/** An alert as it must fire. */
export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** What rules or queries must answer at a moment, in vmalert-tool's own words. */
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

/** Path of the stack's own program of that name. */
export function program(name: ProgramName): Promise<string> {
  return acquire(programs[name], { env: process.env, print: console.log });
}

/**
 * Runs the committed rules on series in vmalert-tool; the result is empty, or says what was otherwise.
 *
 * @param interval - time between two evaluations of all rules.
 */
export async function disagreement(
  series: Series,
  expectations: Expectations,
  interval = '1s',
): Promise<string> {
  await using file = await temporaryFile(unitTest(series, expectations, interval));
  const result = await runCommand(await program('vmalert-tool'), ['unittest', `--files=${file.path}`]);
  return result.exitCode === 0 ? '' : result.output;
}

/** Has vmalert read rules without starting. */
export async function dryRun(rules: string): Promise<CommandResult> {
  await using file = await temporaryFile(rules);
  return await runCommand(await program('vmalert'), ['-dryRun', `-rule=${file.path}`]);
}

function unitTest(series: Series, expectations: Expectations, interval: string): string {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return stringify({
    rule_files: [committedRules],
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
