import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionPast } from '../../page-state.ts';
import { momentShown } from './time-range.tsx';

interface ReplayProps {
  readonly past: SessionPast;
  readonly index: number | undefined;
  readonly onIndex: (index: number) => void;
  /** The session's state at the selected time. */
  readonly children: ComponentChildren;
}

const stepMillis = 100;

/** Replays a past session, either by itself or with the slider. */
export function Replay({ past: { times }, index, onIndex, children }: ReplayProps) {
  const [isPlaying, setPlaying] = useState(false);
  const last = times.length - 1;
  const position = index ?? 0;
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setTimeout(() => {
      if (position >= last) setPlaying(false);
      else onIndex(position + 1);
    }, stepMillis);
    return () => clearTimeout(timer);
  }, [isPlaying, position, last]);
  const play = () => {
    if (!isPlaying && position >= last) onIndex(0);
    setPlaying(!isPlaying);
  };
  return (
    <div class="replay" role="group" aria-label="Replay">
      <button type="button" aria-label={isPlaying ? 'Pause' : 'Replay'} onClick={play}>
        <span aria-hidden="true">{isPlaying ? '❚❚' : '▶'}</span>
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={position}
        aria-label="Moment"
        aria-valuetext={momentShown(times[position] ?? 0)}
        onInput={({ currentTarget }) => onIndex(Number(currentTarget.value))}
      />
      <div class="moment">{children}</div>
    </div>
  );
}
