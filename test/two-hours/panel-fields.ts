import type { Panel, Target } from './committed-dashboards.ts';
import type { Answer } from './expected.ts';

/** A query's results, all moments together. */
export type Answered = readonly (readonly [Target, readonly Answer[]])[];

interface Options {
  readonly include?: { readonly names: readonly string[] };
  readonly indexByName?: Readonly<Record<string, number>>;
  readonly renameByName?: Readonly<Record<string, string>>;
  readonly byField?: string;
  readonly fields?: readonly string[];
  readonly filters?: readonly { readonly fieldName: string }[];
}

/**
 * The fields that each query gives its panel, by the names that Grafana's Prometheus data source and its transformation
 * `timeSeriesTable` give them: a table has a column for each label, a series is called by its legend. The value of a panel's only
 * query has no letter.
 */
function fieldsOf({ refId, format, legendFormat = '' }: Target, answers: readonly Answer[], panel: Panel) {
  if (answers.length === 0) return [];
  const labels = [...new Set(answers.flatMap((answer) => Object.keys(answer.labels)))];
  if (format === 'table')
    return ['Time', ...labels, panel.targets?.length === 1 ? 'Value' : `Value #${refId}`];
  if (optionsOf(panel, 'timeSeriesTable')) return [...labels, `Trend #${refId}`];
  return answers.map((answer) =>
    legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => answer.labels[label] ?? ''),
  );
}

/** Fields that a panel's transformations and overrides name, but that no query, or more than one, provides. */
export function unknownFields(panel: Panel, answered: Answered): string[] {
  const given = answered.flatMap(([target, answers]) => fieldsOf(target, answers, panel));
  const { byField = '' } = optionsOf(panel, 'joinByField') ?? {};
  const refIds = new Set(answered.map(([{ refId }]) => refId));
  const { renameByName = {} } = optionsOf(panel, 'organize') ?? {};
  const named = namedByTransformations(panel);
  const shown = new Set([...given, ...named.map((name) => renameByName[name] ?? name)]);
  const isJoined = byField !== '';
  const times = (name: string) => given.filter((field) => field === name).length;
  return [
    ...named.filter((name) => times(name) === 0 || (isJoined && name !== byField && times(name) > 1)),
    ...overridden(panel, 'byName').filter((name) => !shown.has(name)),
    ...overridden(panel, 'byFrameRefID').filter((refId) => !refIds.has(refId)),
    ...namedByOptions(panel).filter((name) => !shown.has(name)),
  ];
}

/** The keys of all rows of a joined table. */
export function rowKeys(panel: Panel, answered: Answered): string[] {
  const { byField = '' } = optionsOf(panel, 'joinByField') ?? {};
  const mustHave = optionsOf(panel, 'filterByValue')?.filters?.map(({ fieldName }) => fieldName) ?? [];
  const keys = answered.map(([target, answers]) => ({
    fields: fieldsOf(target, answers, panel),
    of: new Set(answers.map(({ labels }) => labels[byField] ?? '')),
  }));
  const required = keys.filter(({ fields }) => mustHave.some((name) => fields.includes(name)));
  const all = new Set(keys.flatMap(({ of }) => [...of]));
  return [...all].filter((key) => required.every(({ of }) => of.has(key)));
}

function namedByTransformations({ transformations = [] }: Panel): string[] {
  return transformations.flatMap(({ options }) => {
    const {
      include,
      indexByName = {},
      renameByName = {},
      byField,
      fields = [],
      filters = [],
    } = options as Options;
    return [
      ...(include?.names ?? []),
      ...Object.keys({ ...indexByName, ...renameByName }),
      ...(byField === undefined ? [] : [byField]),
      ...fields,
      ...filters.map(({ fieldName }) => fieldName),
    ];
  });
}

function namedByOptions({ options: { sortBy = [], series = [] } = {} }: Panel): string[] {
  const axes = series.flatMap(({ x, y }) => [x.matcher.options, y.matcher.options]);
  return [...sortBy.map(({ displayName }) => displayName), ...axes];
}

function optionsOf({ transformations = [] }: Panel, id: string): Options | undefined {
  return transformations.find((transformation) => transformation.id === id)?.options;
}

function overridden({ fieldConfig }: Panel, id: string): string[] {
  const matchers = (fieldConfig?.overrides ?? []).map(({ matcher }) => matcher);
  return matchers.filter((matcher) => matcher.id === id).map(({ options }) => options);
}
