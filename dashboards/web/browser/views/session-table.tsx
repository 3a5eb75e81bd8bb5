import { Component } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dollarsShown, durationShown, percentShown, tokensShown } from '../../../text/quantity.ts';
import { toFullText } from '../../../text/advice.ts';
import { modelText } from '../../../text/session-text.ts';
import type { SeverityLimits } from '../../../text/severity.ts';
import type { SessionRow } from '../../page-state.ts';
import { sessionAddress } from '../route.ts';
import type { SortOrder, Sorting } from '../session-order.ts';
import { StateMark } from './state-mark.tsx';
import { Sparkline, UsageBar } from './usage-bar.tsx';

/** Rows shown before the user asks for all. */
const firstRows = 200;

interface TableProps {
  readonly rows: readonly SessionRow[];
  readonly thresholds: SeverityLimits;
  readonly silencedIds: ReadonlySet<string>;
  readonly selectedId: string | undefined;
  readonly sorting: Sorting;
  readonly onSort: (by: SortOrder) => void;
  readonly nowSeconds: number;
}

/** The table of live sessions. */
export function SessionTable(props: TableProps) {
  const { rows, selectedId, thresholds, silencedIds, nowSeconds } = props;
  const [areAllShown, showAll] = useState(false);
  const shown = areAllShown ? rows : rows.slice(0, firstRows);
  return (
    <>
      <table class="sessions">
        <caption class="unseen">Live sessions</caption>
        <Heading {...props} />
        <tbody>
          {shown.map((row) => (
            <SteadyRow
              key={row.id}
              row={row}
              thresholds={thresholds}
              isSelected={row.id === selectedId}
              isSilenced={silencedIds.has(row.id)}
              activity={activityText(row, nowSeconds)}
            />
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" class="more" onClick={() => showAll(true)}>
          Show all {rows.length.toLocaleString('en-US')} sessions
        </button>
      )}
    </>
  );
}

const columns: readonly (readonly [title: string, by: SortOrder | undefined, name: string])[] = [
  ['State', 'usage', 'c-state'],
  ['Session', 'label', 'c-label'],
  ['Context', undefined, 'c-bar'],
  ['Used', 'usage', 'c-percent number'],
  ['Tokens', 'tokens', 'c-tokens number'],
  ['Full in', 'full in', 'c-full number'],
  ['Trend', undefined, 'c-trend'],
  ['Model', 'model', 'c-model'],
  ['Project', 'project', 'c-project'],
  ['Host', 'host', 'c-host'],
  ['Cost', 'cost', 'c-cost number'],
  ['Checkpoints', 'checkpoints', 'c-checkpoints number'],
  ['Active', 'activity', 'c-activity number'],
];

function Heading({ sorting, onSort }: Pick<TableProps, 'sorting' | 'onSort'>) {
  const direction = (by: SortOrder) => {
    if (by !== sorting.by) return undefined;
    const isDescending = !['label', 'project', 'model', 'host', 'full in'].includes(by);
    return isDescending === sorting.isReversed ? 'ascending' : 'descending';
  };
  return (
    <thead>
      <tr>
        {columns.map(([title, by, name]) =>
          by === undefined || name === 'c-state' ? (
            <th key={title} scope="col" class={name}>
              {name === 'c-state' ? <span class="unseen">{title}</span> : title}
            </th>
          ) : (
            <th key={title} scope="col" class={name} aria-sort={direction(by) ?? 'none'}>
              <button type="button" onClick={() => onSort(by)}>
                {title}
              </button>
            </th>
          ),
        )}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly row: SessionRow;
  readonly thresholds: SeverityLimits;
  readonly isSelected: boolean;
  readonly isSilenced: boolean;
  readonly activity: string;
}

/** Redraws a row only when one of its props changes. */
class SteadyRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const names = Object.keys(next) as (keyof RowProps)[];
    return names.some((name) => next[name] !== this.props[name]);
  }

  override render() {
    return <Row {...this.props} />;
  }
}

function Row({ row, thresholds, isSelected, isSilenced, activity }: RowProps) {
  const own = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isSelected) own.current?.scrollIntoView({ block: 'nearest' });
  }, [isSelected]);
  const full = toFullText(row.secondsToFull);
  return (
    <tr
      ref={own}
      class={`${row.severity}${isSelected ? ' selected' : ''}`}
      aria-current={isSelected ? 'true' : undefined}
      onClick={() => (location.hash = sessionAddress(row.id))}
    >
      <td class="c-state">
        <StateMark severity={row.severity} isShort />
      </td>
      <th scope="row" class="c-label">
        <a href={sessionAddress(row.id)} title={row.label}>
          <bdi>{row.label}</bdi>
        </a>
        {isSilenced && <span class="badge">silenced</span>}
      </th>
      <td class="c-bar">
        <UsageBar row={row} thresholds={thresholds} />
      </td>
      <td class="c-percent number">{percentShown(row.usagePercent)}</td>
      <td class="c-tokens number">
        {tokensShown(row.tokensUsed)}
        <span class="quiet" title={row.isWindowAssumed ? 'The size of the window is assumed' : undefined}>
          {' '}
          / {tokensShown(row.windowTokens)}
          {row.isWindowAssumed && (
            <>
              ?<span class="unseen">, assumed</span>
            </>
          )}
        </span>
      </td>
      <td class="c-full number">{full || <span class="quiet">–</span>}</td>
      <td class="c-trend">
        <Sparkline values={[...row.trend, row.usagePercent]} />
      </td>
      <td class="c-model" title={row.model}>
        {row.model === undefined ? <span class="quiet">–</span> : modelText(row.model)}
      </td>
      <td class="c-project" title={row.project}>
        {row.project === undefined ? <span class="quiet">–</span> : <bdi>{row.project}</bdi>}
      </td>
      <td class="c-host" title={row.host}>
        {row.host ?? <span class="quiet">–</span>}
      </td>
      <td class="c-cost number">
        {row.costUsd === undefined ? <span class="quiet">–</span> : dollarsShown(row.costUsd)}
      </td>
      <td class="c-checkpoints number">{row.checkpoints}</td>
      <td class="c-activity number">{activity}</td>
    </tr>
  );
}

/** Time since the last activity, in steps of 10 s up to a minute, so that rows change rarely. */
function activityText({ lastActivitySeconds }: SessionRow, nowSeconds: number): string {
  if (lastActivitySeconds === undefined) return '–';
  const seconds = Math.max(0, nowSeconds - lastActivitySeconds);
  return seconds < 10 ? 'now' : durationShown(seconds < 60 ? Math.floor(seconds / 10) * 10 : seconds);
}
