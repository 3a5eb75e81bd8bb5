import { useEffect, useState } from 'preact/hooks';
import type { Blindness } from '../page-state.ts';
import { current, type LiveState, subscribe } from './live-state.ts';

/** What the page knows now; the view is drawn again whenever that changes. */
export function useLive(): LiveState {
  const [state, setState] = useState(current);
  useEffect(() => {
    // Something may have come between the first drawing and this.
    setState(current());
    return subscribe(() => setState(current()));
  }, []);
  return state;
}

/** Unix seconds by the server's clock, each second anew, so that ages grow. */
export function useNowSeconds({ clockAheadMillis }: LiveState): number {
  const [millis, setMillis] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setMillis(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (Math.max(millis, Date.now()) - clockAheadMillis) / 1_000;
}

/** Why the figures cannot be believed; nothing while they can. */
export function blindnessNow({ isConnected, fields }: LiveState): Blindness | undefined {
  if (isConnected) return fields.blindness;
  return {
    sentence: 'The receiver does not answer, so nothing is known.',
    remedy: 'See which part is away: npm run stack:status',
  };
}
