import { useEffect, useState } from 'preact/hooks';
import { type Blindness, partRemedy } from '../page-state.ts';
import { current, type LiveState, subscribe } from './live-state.ts';

/** The current state; the view is redrawn when it changes. */
export function useLive(): LiveState {
  const [state, setState] = useState(current);
  useEffect(() => {
    // The state may have changed between the first render and this effect.
    setState(current());
    return subscribe(() => setState(current()));
  }, []);
  return state;
}

/** Unix seconds by the server's clock, updated every second so that displayed ages grow. */
export function useNowSeconds({ clockAheadMillis }: LiveState): number {
  const [millis, setMillis] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setMillis(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (Math.max(millis, Date.now()) - clockAheadMillis) / 1_000;
}

/** Why the figures cannot be trusted; `undefined` while they can. */
export function blindnessNow({ isConnected, fields }: LiveState): Blindness | undefined {
  if (isConnected) return fields.blindness;
  return {
    sentence: 'The receiver does not answer, so nothing is up to date.',
    remedy: partRemedy,
  };
}
