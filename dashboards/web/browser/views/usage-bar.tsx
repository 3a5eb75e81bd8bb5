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

/** A line of a session's recent usage. */
export function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return <span class="quiet">–</span>;
  const points = values.map(
    (value, index) =>
      `${((100 * index) / (values.length - 1)).toFixed(1)},${(24 - 0.24 * Math.min(100, value)).toFixed(1)}`,
  );
  return (
    <svg class="sparkline" viewBox="0 -1 100 26" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
