import { byUrgency } from '../../text/advice.ts';
import type { SessionRow } from '../page-state.ts';

/** The sort orders of the table. */
export const sortOrders = [
  'usage',
  'label',
  'tokens',
  'full in',
  'cost',
  'checkpoints',
  'activity',
  'project',
  'model',
  'host',
] as const;

/** One of the sort orders. */
export type SortOrder = (typeof sortOrders)[number];

/** How the table is sorted. */
export interface Sorting {
  readonly by: SortOrder;
  readonly isReversed: boolean;
}

/** The sessions whose label, id, project, model or host contains the search text, sorted. */
export function listed(
  sessions: Iterable<SessionRow>,
  search: string,
  { by, isReversed }: Sorting,
): readonly SessionRow[] {
  const wanted = search.trim().toLowerCase();
  const found = [...sessions].filter((row) => wanted === '' || textOf(row).includes(wanted));
  const compare = comparisons[by];
  const sorted = found.toSorted((a, b) => compare(a, b) || compared(a.id, b.id));
  return isReversed ? sorted.toReversed() : sorted;
}

/** The sessions that need attention, most urgent first. */
export function needingAttention(sessions: Iterable<SessionRow>): readonly SessionRow[] {
  return [...sessions].filter(({ severity }) => severity !== 'ok').toSorted(byUrgency);
}

/** The session that will be full first; `undefined` while none is growing. */
export function nextFull(sessions: Iterable<SessionRow>): SessionRow | undefined {
  return [...sessions]
    .filter(({ secondsToFull }) => secondsToFull !== undefined)
    .toSorted((a, b) => toFull(a) - toFull(b))[0];
}

// Much faster than `localeCompare`, which sorting a thousand sessions would call ten thousand times.
const collator = new Intl.Collator('en', { numeric: true });
const compared = (a: string, b: string) => collator.compare(a, b);

type Comparison = (a: SessionRow, b: SessionRow) => number;

const toFull = ({ secondsToFull = Number.MAX_SAFE_INTEGER }: SessionRow) => secondsToFull;
const byText = (text: (row: SessionRow) => string) => (a: SessionRow, b: SessionRow) =>
  compared(text(a), text(b));
const byNumber = (value: (row: SessionRow) => number) => (a: SessionRow, b: SessionRow) =>
  value(b) - value(a);

const comparisons: Readonly<Record<SortOrder, Comparison>> = {
  usage: byNumber(({ usagePercent }) => usagePercent),
  label: byText(({ label }) => label),
  tokens: byNumber(({ tokensUsed }) => tokensUsed),
  'full in': (a, b) => toFull(a) - toFull(b),
  cost: byNumber(({ costUsd = -1 }) => costUsd),
  checkpoints: byNumber(({ checkpoints }) => checkpoints),
  activity: byNumber(({ lastActivitySeconds = 0 }) => lastActivitySeconds),
  project: byText(({ project = '' }) => project),
  model: byText(({ model = '' }) => model),
  host: byText(({ host = '' }) => host),
};

function textOf({ id, label, project = '', model = '', host = '' }: SessionRow): string {
  return `${label}\n${id}\n${project}\n${model}\n${host}`.toLowerCase();
}
