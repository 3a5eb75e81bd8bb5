import type { Trend } from '../source/figures.ts';
import { dollarsShown, durationShown, tokensShown } from '../text/quantity.ts';
import { type Segment, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import { modelText } from '../text/session-text.ts';
import { fullInText } from './session-text.ts';
import { sparkline } from './sparkline.ts';

/** What a cell is made from. */
interface CellContext {
  readonly trend: Trend | undefined;
  readonly nowMillis: number;
  readonly width: number;
}

/** A column of a session's row that appears where there is room. */
interface SessionColumn {
  readonly heading: string;
  readonly width: number;
  readonly align?: 'right';
  /** Whether a session has anything to show in it. Default: always. */
  readonly isKnown?: (session: MonitorSession) => boolean;
  readonly cell: (session: MonitorSession, context: CellContext) => Segment;
}

const plain = (text: string) => toned('plain', text);

/** The columns after the share in use, most useful first. */
const sessionColumns = {
  tokens: {
    heading: 'TOKENS',
    width: 11,
    cell: ({ tokensUsed, windowTokens, isWindowAssumed }) =>
      plain(`${short(tokensUsed)}/${short(windowTokens)}${isWindowAssumed ? '?' : ''}`),
  },
  full: {
    heading: 'FULL',
    width: 14,
    cell: (session, { trend, nowMillis }) => plain(fullInText(session, trend, nowMillis)),
  },
  trend: {
    heading: 'TREND',
    width: 10,
    cell: ({ severity }, { trend, width }) => toned(severity, sparkline(trend?.usagePercents ?? [], width)),
  },
  model: {
    heading: 'MODEL',
    width: 10,
    isKnown: ({ model }) => model !== undefined,
    cell: ({ model = '' }) => plain(modelText(model)),
  },
  project: {
    heading: 'PROJECT',
    width: 12,
    isKnown: ({ project }) => project !== undefined,
    cell: ({ project = '' }) => plain(project),
  },
  cost: {
    heading: 'COST',
    width: 7,
    align: 'right',
    isKnown: ({ costUsd }) => costUsd !== undefined,
    cell: ({ costUsd }) => plain(costUsd === undefined ? '' : dollarsShown(costUsd)),
  },
  active: {
    heading: 'ACTIVE',
    width: 11,
    cell: ({ lastActivitySeconds }, { nowMillis }) => {
      if (lastActivitySeconds === undefined) return plain('');
      return plain(`${durationShown(nowMillis / 1_000 - lastActivitySeconds)} ago`);
    },
  },
  checkpoints: {
    heading: 'CHECKPOINTS',
    width: 14,
    cell: ({ checkpoints }) => plain(`${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}`),
  },
} as const satisfies Readonly<Record<string, SessionColumn>>;

/** The name of a column, as `c` takes it. */
export type ColumnName = keyof typeof sessionColumns;

/** The names of all columns, most useful first. */
export const columnNames = Object.keys(sessionColumns) as readonly ColumnName[];

/** The column of a name. */
export function columnNamed(name: ColumnName): SessionColumn {
  return sessionColumns[name];
}

/** Reads a list such as `model, cost`. Returns the first word that is no column otherwise. */
export function columnsFrom(text: string): { names: readonly ColumnName[] } | { unknown: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const unknown = words.find((word) => !Object.hasOwn(sessionColumns, word));
  return unknown === undefined ? { names: words as ColumnName[] } : { unknown };
}

/** In a table, the tenths of a thousand tokens only cost room. */
function short(tokens: number): string {
  return tokensShown(tokens < 999_500 ? Math.round(tokens / 1_000) * 1_000 : tokens);
}
