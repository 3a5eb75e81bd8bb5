import { durationShown } from '../../../text/quantity.ts';
import { blindnessNow } from '../use-live.ts';
import type { LiveState } from '../live-state.ts';

/** The health of the stack: one sentence, then each part. */
export function Health({ live, nowSeconds }: { live: LiveState; nowSeconds: number }) {
  const { parts, healthSentence, newestSampleSeconds } = live.fields;
  const blindness = blindnessNow(live);
  const isWell = blindness === undefined && parts.every(({ isUp }) => isUp);
  return (
    <section aria-labelledby="health-title">
      <h1 id="health-title">Health</h1>
      <p class={`health-sentence ${isWell ? 'calm' : 'problem'}`}>
        {isWell ? '✓ ' : '✗ '}
        {blindness?.sentence ?? healthSentence}
        {newestSampleSeconds !== undefined &&
          !isWell &&
          ` The newest figure is ${durationShown(nowSeconds - newestSampleSeconds)} old.`}
      </p>
      <ol class="chain">
        {parts.map(({ name, does, isUp: answered, sign, signAtMillis }) => {
          const isUp = answered && live.isConnected;
          return (
            <li key={name} class={isUp ? 'up' : 'away'}>
              <h2>
                <span aria-hidden="true">{isUp ? '✓' : '✗'}</span> {name}
              </h2>
              <p>{does}</p>
              <p class="quiet sign">
                {isUp ? 'answers' : live.isConnected ? 'does not answer' : 'unknown'}
                {sign !== undefined &&
                  `, ${sign}: ${signAtMillis === undefined ? 'none yet' : ago(nowSeconds - signAtMillis / 1_000)}`}
              </p>
            </li>
          );
        })}
      </ol>
      <p class="quiet">
        More: <code>npm run stack:status</code>, <code>npm run doctor</code>, <code>npm run stack:logs</code>
      </p>
    </section>
  );
}

const ago = (seconds: number) => (seconds < 5 ? 'now' : `${durationShown(seconds)} ago`);
