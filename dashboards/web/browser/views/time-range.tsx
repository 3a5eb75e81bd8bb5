import { useState } from 'preact/hooks';

/** A time range in Unix seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const presets = [
  ['1 h', 3_600],
  ['6 h', 21_600],
  ['24 h', 86_400],
  ['7 d', 604_800],
  ['30 d', 2_592_000],
] as const;

/** Selects a time range: a preset that ends now, or any other. */
export function TimeRange({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const [from, setFrom] = useState(localTime(span.from));
  const [to, setTo] = useState(localTime(span.to));
  const choose = (seconds: number) => {
    const now = Date.now() / 1_000;
    setFrom(localTime(now - seconds));
    setTo(localTime(now));
    onChange({ from: now - seconds, to: now });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = { from: Date.parse(from) / 1_000, to: Date.parse(to) / 1_000 };
    if (chosen.to > chosen.from) onChange(chosen);
  };
  return (
    <form class="time-range" onSubmit={submit}>
      <span role="group" aria-label="Ending now">
        {presets.map(([title, seconds]) => (
          <button
            key={title}
            type="button"
            aria-pressed={Math.abs(span.to - span.from - seconds) < 1}
            onClick={() => choose(seconds)}
          >
            {title}
          </button>
        ))}
      </span>
      <label>
        From{' '}
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        to <input type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

/** Formats a time for a `datetime-local` input, in this machine's time zone. */
function localTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Formats a time: just the clock time today, otherwise with the date. */
export function momentShown(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const clock = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date().toDateString()
    ? clock
    : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock.slice(0, 5)}`;
}
