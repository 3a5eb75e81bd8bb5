import { useState } from 'preact/hooks';
import { dollarsShown, durationShown, percentShown, tokensShown } from '../../../text/quantity.ts';
import { modelText } from '../../../text/session-text.ts';
import type { PastRow } from '../../page-state.ts';
import { sessionAddress } from '../route.ts';
import { useReading } from '../use-reading.ts';
import { StateMark } from './state-mark.tsx';
import { momentShown, type Span, TimeRange } from './time-range.tsx';

const daySeconds = 86_400;

/** The sessions in a time range, latest first. */
export function Past() {
  const [span, setSpan] = useState<Span>(() => ({
    from: Date.now() / 1_000 - daySeconds,
    to: Date.now() / 1_000,
  }));
  const query = () => ({ from: String(span.from), to: String(span.to) });
  const subject = `${span.from} ${span.to}`;
  const { answer, problem } = useReading<{ sessions: readonly PastRow[] }>('/page/past', query, { subject });
  return (
    <section aria-labelledby="past-title">
      <h1 id="past-title">Past sessions</h1>
      <TimeRange span={span} onChange={setSpan} />
      {problem !== undefined && <p class="problem">{problem}</p>}
      {answer === undefined && problem === undefined && <p class="quiet">Loading …</p>}
      {answer?.sessions.length === 0 && <p class="quiet">There were no sessions in this time range.</p>}
      {answer !== undefined && answer.sessions.length > 0 && <PastTable rows={answer.sessions} />}
    </section>
  );
}

function PastTable({ rows }: { rows: readonly PastRow[] }) {
  return (
    <table class="sessions past">
      <caption class="unseen">Sessions in this time range</caption>
      <thead>
        <tr>
          <th scope="col" class="c-state">
            <span class="unseen">Worst state</span>
          </th>
          <th scope="col" class="c-label">
            Session
          </th>
          <th scope="col" class="c-percent number">
            Peak
          </th>
          <th scope="col" class="c-from">
            From
          </th>
          <th scope="col" class="c-lasted number">
            Lasted
          </th>
          <th scope="col" class="c-model">
            Model
          </th>
          <th scope="col" class="c-project">
            Project
          </th>
          <th scope="col" class="c-checkpoints number">
            Checkpoints
          </th>
          <th scope="col" class="c-saved number">
            Saved
          </th>
          <th scope="col" class="c-cost number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <PastLine key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function PastLine({ row }: { row: PastRow }) {
  const seconds = Math.max(0, row.endSeconds - row.startSeconds);
  const margin = Math.max(60, seconds / 20);
  const address = sessionAddress(row.id, { from: row.startSeconds - margin, to: row.endSeconds + margin });
  return (
    <tr class={row.severity} onClick={() => (location.hash = address)}>
      <td class="c-state">
        <StateMark severity={row.severity} isShort />
      </td>
      <th scope="row" class="c-label">
        <a href={address} title={row.label}>
          <bdi>{row.label}</bdi>
        </a>
      </th>
      <td class="c-percent number">{percentShown(row.peakPercent)}</td>
      <td class="c-from">{momentShown(row.startSeconds)}</td>
      <td class="c-lasted number">{durationShown(seconds)}</td>
      <td class="c-model">{row.model === undefined ? '–' : modelText(row.model)}</td>
      <td class="c-project">
        <bdi>{row.project ?? '–'}</bdi>
      </td>
      <td class="c-checkpoints number">{row.checkpoints}</td>
      <td class="c-saved number">{tokensShown(row.tokensSaved)}</td>
      <td class="c-cost number">{row.costUsd === undefined ? '–' : dollarsShown(row.costUsd)}</td>
    </tr>
  );
}
