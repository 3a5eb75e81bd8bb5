import { useMemo, useRef, useState } from 'preact/hooks';
import { farthestSeconds, fullText, standingText, stepText, toFullText } from '../../../text/advice.ts';
import { dollarsShown, durationShown, percentShown, tokensShown } from '../../../text/quantity.ts';
import { severityOf } from '../../../text/severity.ts';
import { modelText, tokensText } from '../../../text/session-text.ts';
import { shortId } from '../../../text/session-label.ts';
import { type Spell, spellsOf } from '../../../text/spells.ts';
import type { SessionPast, SessionRow } from '../../page-state.ts';
import { Chart, type ChartProps } from '../chart.tsx';
import type { LiveState } from '../live-state.ts';
import { useReading } from '../use-reading.ts';
import { Replay } from './replay.tsx';
import { CopyResume, rename, SilenceButton } from './session-actions.tsx';
import { StateMark } from './state-mark.tsx';
import { momentShown, type Span, TimeRange } from './time-range.tsx';
import { UsageBar } from './usage-bar.tsx';

interface SessionProps {
  readonly id: string;
  readonly span?: Span | undefined;
  readonly onSpan: (span: Span | undefined) => void;
  readonly live: LiveState;
}

const liveSeconds = 3_600;

/** One session, live or over a past time range. */
export function Session({ id, span, onSpan, live }: SessionProps) {
  const row = span === undefined ? live.sessions.get(id) : undefined;
  const [chosenSeconds, setSeconds] = useState(liveSeconds);
  const isLive = span === undefined;
  const queryNow = () => {
    const to = Date.now() / 1_000 - live.clockAheadMillis / 1_000;
    const { from, to: end } = span ?? { from: to - chosenSeconds, to };
    return { id, from: String(from), to: String(end) };
  };
  const subject = `${id} ${span === undefined ? chosenSeconds : `${span.from} ${span.to}`}`;
  const { answer, problem } = useReading<SessionPast>('/page/session', queryNow, {
    subject,
    everyMillis: isLive && live.isConnected && !live.isPaused ? 5_000 : undefined,
  });
  const label = row?.label ?? answer?.label ?? shortId(id);
  const [opened] = useState(() => Date.now() / 1_000);
  return (
    <article class="session">
      <header class="session-head">
        <div>
          <h1>
            <bdi>{label}</bdi> {!isLive && <span class="badge">past</span>}
          </h1>
          <p class="quiet id">{id}</p>
        </div>
        <div class="actions">
          <Naming id={id} name={row?.name ?? ''} isLive={row !== undefined} />
          <SilenceButton id={id} silences={live.fields.silences} />
          <CopyResume id={id} />
        </div>
      </header>
      {row !== undefined && <Now row={row} live={live} />}
      {isLive && row === undefined && live.hasFigures && (
        <p class="quiet">This session is not live. Choose a time range in which it was:</p>
      )}
      <TimeRange
        key={subject}
        span={span ?? { from: opened - chosenSeconds, to: opened }}
        onChange={({ from, to }) => {
          const endsNow = Math.abs(to - Date.now() / 1_000) < 120;
          if (endsNow && live.sessions.has(id)) {
            setSeconds(to - from);
            onSpan(undefined);
          } else onSpan({ from, to });
        }}
      />
      {problem !== undefined && <p class="problem">{problem}</p>}
      {answer === undefined && problem === undefined && <p class="quiet">Loading …</p>}
      {answer !== undefined && <Past past={answer} live={live} isLive={isLive} />}
    </article>
  );
}

function Now({ row, live: { fields } }: { row: SessionRow; live: LiveState }) {
  return (
    <section class={`now ${row.severity}`} aria-label="Now">
      <p class="standing">
        <StateMark severity={row.severity} /> {standingText(row)}. <span class="quiet">{stepText(row)}</span>
      </p>
      <UsageBar row={row} thresholds={fields.thresholds} />
      <dl class="figures">
        <Item title="Used" value={percentShown(row.usagePercent)} />
        <Item title="Tokens" value={tokensText(row)} />
        <Item title="Full in" value={toFullText(row.secondsToFull) || '–'} />
        <Item
          title="Compacted at"
          value={row.compactionTokens === undefined ? '–' : tokensShown(row.compactionTokens)}
        />
        <Item title="Checkpoints" value={`${row.checkpoints}`} />
        <Item
          title="Saved each"
          value={row.checkpoints === 0 ? '–' : tokensShown(row.tokensSaved / row.checkpoints)}
        />
        <Item title="Cost" value={row.costUsd === undefined ? '–' : dollarsShown(row.costUsd)} />
        <Item title="Model" value={row.model === undefined ? '–' : modelText(row.model)} />
        <Item title="Project" value={row.project ?? '–'} />
        <Item title="Host" value={row.host ?? '–'} />
      </dl>
    </section>
  );
}

function Item({ title, value }: { title: string; value: string }) {
  return (
    <div class="figure small">
      <dt>{title}</dt>
      <dd title={value}>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

function Past({ past, live, isLive }: { past: SessionPast; live: LiveState; isLive: boolean }) {
  const { thresholds } = live.fields;
  const [index, setIndex] = useState<number>();
  const { times, tokens, window, compaction, checkpoints, subagents, fillRate, toFull, cost } = past;
  const share = (percent: number) => window.map((size) => (size === null ? null : (size * percent) / 100));
  const usage = useMemo(() => tokens.map((used, at) => shareOf(used, window[at])), [past]);
  const lines = useMemo(
    () => [
      { label: 'used', tone: 'ink' as const, values: tokens, isFilled: true },
      { label: 'window', tone: 'quiet' as const, values: window, isDashed: true, isNamed: true },
      {
        label: `⚠ ${thresholds.warning.percent}%`,
        tone: 'warning' as const,
        values: share(thresholds.warning.percent),
        isDashed: true,
        isNamed: true,
      },
      {
        label: `✗ ${thresholds.critical.percent}%`,
        tone: 'critical' as const,
        values: share(thresholds.critical.percent),
        isDashed: true,
        isNamed: true,
      },
      { label: 'compaction', tone: 'quiet' as const, values: compaction, isDashed: true, isNamed: true },
    ],
    [past, thresholds],
  );
  if (times.length === 0)
    return <p class="quiet">Nothing was reported for this session in this time range.</p>;
  const spells = spellsOf(
    usage.flatMap((usagePercent, at) =>
      usagePercent === null ? [] : [{ atSeconds: times[at] ?? 0, usagePercent }],
    ),
    thresholds,
  );
  const pointedAt = index === undefined ? undefined : times[index];
  const moments = checkpoints.map(({ atSeconds }) => atSeconds);
  return (
    <>
      <section aria-labelledby="usage-title">
        <Chart
          heading={<h2 id="usage-title">Context</h2>}
          description={`Tokens in the context from ${momentShown(past.startSeconds)} to ${momentShown(past.endSeconds)}, at most ${tokensShown(Math.max(0, ...tokens.map((value) => value ?? 0)))}; checkpoints: ${checkpoints.length}`}
          times={times}
          lines={lines}
          moments={moments}
          pointedAt={pointedAt}
          height={300}
          shown={tokensShown}
        >
          <SpellStrip spells={spells} past={past} />
          {!isLive && (
            <Replay past={past} index={index} onIndex={setIndex}>
              {index !== undefined && <AtMoment past={past} index={index} usage={usage} live={live} />}
            </Replay>
          )}
        </Chart>
      </section>
      <div class="side-by-side">
        <SmallChart
          title="Fill rate, tokens per minute"
          past={past}
          values={fillRate}
          most={1_000}
          shown={tokensShown}
        />
        <SmallChart
          title="Time to full"
          past={past}
          values={toFull.map(nearOnly)}
          most={600}
          steps={durationSteps}
          shown={durationShown}
        />
        <SmallChart title="Cost" past={past} values={cost} most={0.01} shown={dollarsShown} />
      </div>
      <div class="side-by-side">
        <Checkpoints past={past} />
        <States spells={spells} />
        {subagents.length > 0 && <Subagents subagents={subagents} />}
      </div>
    </>
  );
}

/** Hides predictions that five minutes of data cannot support. */
const nearOnly = (seconds: number | null) =>
  seconds !== null && seconds <= farthestSeconds ? seconds : null;

function shareOf(used: number | null, window: number | null | undefined): number | null {
  return used === null || !window ? null : (100 * used) / window;
}

interface AtMomentProps {
  readonly past: SessionPast;
  readonly index: number;
  readonly usage: readonly (number | null)[];
  readonly live: LiveState;
}

function AtMoment({ past, index, usage, live: { fields } }: AtMomentProps) {
  const [percent, used, window] = [usage[index] ?? null, past.tokens[index], past.window[index]];
  if (percent === null || used === undefined || used === null)
    return <p class="quiet">Nothing was reported at this time.</p>;
  const severity = severityOf(percent, fields.thresholds);
  const full = fullText(past.toFull[index] ?? undefined);
  return (
    <p class={`standing ${severity}`}>
      {momentShown(past.times[index] ?? 0)} <StateMark severity={severity} /> {percentShown(percent)},{' '}
      {tokensShown(used)} / {tokensShown(window ?? 0)}
      {full && `, ${full}`}
    </p>
  );
}

/** Steps of an axis of durations, in seconds: from a minute to six hours. */
const durationSteps = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600];

interface SmallChartProps extends Pick<ChartProps, 'most' | 'steps' | 'shown'> {
  readonly title: string;
  readonly past: SessionPast;
  readonly values: readonly (number | null)[];
}

function SmallChart({ title, past, values, ...scale }: SmallChartProps) {
  const lines = useMemo(() => [{ label: '', tone: 'ink' as const, values, isFilled: true }], [past]);
  if (values.every((value) => value === null)) return null;
  return (
    <section>
      <Chart
        heading={<h3>{title}</h3>}
        description={`${title} over the same time range`}
        times={past.times}
        lines={lines}
        height={130}
        {...scale}
      />
    </section>
  );
}

function SpellStrip({ spells, past }: { spells: readonly Spell[]; past: SessionPast }) {
  const [first, last] = [past.times[0] ?? 0, past.times.at(-1) ?? 1];
  const share = (seconds: number) => `${(100 * seconds) / Math.max(1, last - first)}%`;
  return (
    <div class="strip" aria-hidden="true">
      {spells.map(({ severity, fromSeconds, toSeconds }) => (
        <span
          key={fromSeconds}
          class={severity}
          style={{ width: share(toSeconds - fromSeconds) }}
          title={`${severity} for ${durationShown(toSeconds - fromSeconds)}`}
        />
      ))}
    </div>
  );
}

const mostRows = 12;

function Checkpoints({ past: { checkpoints } }: { past: SessionPast }) {
  return (
    <section>
      <h3>Checkpoints</h3>
      {checkpoints.length === 0 && <p class="quiet">None in this time range.</p>}
      <ul class="plain">
        {checkpoints
          .toReversed()
          .slice(0, mostRows)
          .map(({ atSeconds, tokensBefore, tokensAfter, tokensSaved }) => (
            <li key={atSeconds}>
              <time>{momentShown(atSeconds)}</time> {amount(tokensBefore)} → {amount(tokensAfter)}
              <span class="quiet"> saved {amount(tokensSaved)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}

const amount = (tokens: number | undefined) => (tokens === undefined ? '?' : tokensShown(tokens));

function States({ spells }: { spells: readonly Spell[] }) {
  return (
    <section>
      <h3>States</h3>
      <ul class="plain">
        {spells
          .toReversed()
          .slice(0, mostRows)
          .map(({ severity, fromSeconds, toSeconds }) => (
            <li key={fromSeconds}>
              <time>{momentShown(fromSeconds)}</time> <StateMark severity={severity} />
              <span class="quiet"> for {durationShown(toSeconds - fromSeconds)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}

function Subagents({ subagents }: Pick<SessionPast, 'subagents'>) {
  return (
    <section>
      <h3>Subagents</h3>
      <ul class="plain">
        {subagents.map(({ name, tokens }) => (
          <li key={name}>
            <bdi>{name}</bdi> <span class="quiet">{tokensShown(tokens)} tokens</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Naming({ id, name, isLive }: { id: string; name: string; isLive: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    dialog.current?.close();
    const text = input.current?.value.trim() ?? '';
    if (text !== '') void rename(id, text);
  };
  return (
    <>
      <button id="name-session" type="button" disabled={!isLive} onClick={() => dialog.current?.showModal()}>
        Name
      </button>
      <dialog ref={dialog} aria-label="Name the session">
        <form onSubmit={submit}>
          <label>
            Name <input ref={input} maxLength={128} defaultValue={name} autocomplete="off" />
          </label>
          <div class="actions">
            <button type="submit">Save</button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
