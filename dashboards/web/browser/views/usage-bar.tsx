import type { SeverityLimits } from '../../../text/severity.ts';
import type { SessionRow } from '../../page-state.ts';

/** How much of the window is used, with ticks at the thresholds and at the compaction point. */
export function UsageBar({ row, thresholds }: { row: SessionRow; thresholds: SeverityLimits }) {
  const compaction =
    row.compactionTokens === undefined || row.windowTokens === 0
      ? undefined
      : (100 * row.compactionTokens) / row.windowTokens;
  return (
    <span class="bar" aria-hidden="true">
      <span class={`fill ${row.severity}`} style={{ width: `${Math.min(100, row.usagePercent)}%` }} />
      <span class="tick" style={{ left: `${thresholds.warning.percent}%` }} />
      <span class="tick" style={{ left: `${thresholds.critical.percent}%` }} />
      {compaction !== undefined && compaction <= 100 && (
        <span class="tick compaction" style={{ left: `${compaction}%` }} />
      )}
    </span>
  );
}

/** The most points of a sparkline: the last hour, one every two minutes, and now. */
const trendPoints = 32;

/** A line of a session's usage over the last hour. The newest value is at the right end. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  if (values.length < 2) return <span class="quiet">–</span>;
  const first = trendPoints - values.length;
  const lines = values.map((value, index) => {
    if (value === null) return '';
    const isStart = (values[index - 1] ?? null) === null;
    const x = (100 * (first + index)) / (trendPoints - 1);
    return `${isStart ? 'M' : 'L'}${x.toFixed(1)} ${(24 - 0.24 * Math.min(100, value)).toFixed(1)}`;
  });
  return (
    <svg class="sparkline" viewBox="0 -1 100 26" preserveAspectRatio="none" aria-hidden="true">
      <path d={lines.join('')} />
    </svg>
  );
}
