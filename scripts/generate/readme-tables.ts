import { contractQueries, type Query } from '#queries';
import { defaultThresholds } from '#thresholds';
import { alertRules } from '../../alerts/rules.ts';
import {
  embeddingMetrics,
  type Metric,
  processMetrics,
  receiverMetrics,
  sessionMetrics,
  sparseMetrics,
} from '../../instrumentation/src/metrics.ts';
import { type Variable, type VariableGroup, variableGroups } from '../reach/variables.ts';
import { commandNamed, commandNames, optionNamed } from '../stack/command-table.ts';

type Row = readonly string[];

const tables: Readonly<Record<string, () => string>> = {
  metrics: () =>
    table(
      ['Metric', 'Kind', 'Meaning'],
      [sessionMetrics, sparseMetrics, processMetrics, embeddingMetrics].flatMap(metricRows),
    ),
  'receiver-metrics': () => table(['Metric', 'Kind', 'Meaning'], metricRows(receiverMetrics)),
  queries: () => table(['Query', 'PromQL', 'Meaning'], queryRows(contractQueries(defaultThresholds))),
  alerts: () => table(['Alert', 'Severity', 'Summary', 'Runbook'], alertRows()),
  'stack-commands': () => table(['`npm run`', 'Does', 'Options'], stackCommandRows()),
  settings: () => variableTables(),
};

const section = /<!-- generated:([\w-]+) -->\n[^]*?<!-- \/generated -->/g;

/**
 * Fills the tables of a document: replaces the text between `<!-- generated:metrics -->` and `<!-- /generated -->`, and so on
 * for the other tables. A document without markers comes back unchanged.
 *
 * @throws RangeError when a marker names no table
 */
export function withTables(readme: string): string {
  return readme.replaceAll(section, (_, name: string) => {
    const markdown = tables[name];
    if (markdown === undefined) throw new RangeError(unknownTable(name));
    return `<!-- generated:${name} -->\n\n${markdown()}\n\n<!-- /generated -->`;
  });
}

function unknownTable(name: string): string {
  return `Expected the marker \`generated:${name}\` to name one of the tables.\nUse one of: ${Object.keys(tables).join(', ')}.`;
}

function metricRows(metrics: Readonly<Record<string, Metric>>): Row[] {
  return Object.values(metrics).map(({ name, kind, description }) => [`\`${name}\``, kind, description]);
}

function queryRows(queries: Readonly<Record<string, Query>>): Row[] {
  return Object.values(queries).map(({ name, expr, meaning }) => [name, `\`${expr}\``, meaning]);
}

function alertRows(): Row[] {
  return alertRules().map(({ alert, labels, annotations }) => [
    `\`${alert}\``,
    labels.severity,
    annotations.summary,
    `[${alert}](../${annotations.runbook_url})`,
  ]);
}

function stackCommandRows(): Row[] {
  return commandNames.map((name) => {
    const { argument, meaning } = commandNamed(name);
    return [
      `\`stack:${name}${argument === undefined ? '' : ` -- ${argument}`}\``,
      meaning,
      optionsShown(name),
    ];
  });
}

function optionsShown(name: (typeof commandNames)[number]): string {
  return commandNamed(name)
    .options.map((option) => `\`${[`--${option}`, optionNamed(option).value].filter(Boolean).join(' ')}\``)
    .join(', ');
}

function variableTables(): string {
  const groups: readonly VariableGroup[] = Object.values(variableGroups);
  return groups
    .map(({ title, readBy, variables }) => {
      const rows = table(['Variable', 'Meaning', 'Default'], variables.map(variableRow));
      return `## ${title}\n\nRead by: ${readBy}.\n\n${rows}`;
    })
    .join('\n\n');
}

function variableRow({ name, meaning, default: fallback, isSecretFile }: Variable): Row {
  return [
    `\`${name}\``,
    isSecretFile ? `${meaning} (secret)` : meaning,
    fallback === undefined ? '' : fallback,
  ];
}

/** Markdown with aligned columns, as prettier writes it. */
function table(head: Row, body: readonly Row[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]?.length ?? 0)));
  const line = (row: Row, fill = ' ') =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0, fill)).join(' | ')} |`;
  const rule = line(
    head.map(() => ''),
    '-',
  );
  return [line(head), rule, ...body.map((row) => line(row))].join('\n');
}
