/**
 * Where every copy of `@opentelemetry/api` 1.x keeps what the application registered. Read directly, because importing the
 * API takes longer than importing the rest of this package.
 */
const api = Symbol.for('opentelemetry.js.api.1');

const quietMillis = 60_000;
const said = new Map<string, { atMillis: number; withheld: number }>();

/**
 * Warns through OpenTelemetry's `diag`, at most once a minute per topic. The next warning says how many were withheld.
 *
 * @param topic the rate limit applies per topic; topics come from our own code, so there are few
 * @param message names the field, the rule and the value
 * @param monotonicMillis the current monotonic time; default `performance.now()`
 */
export function warnRarely(topic: string, message: string, monotonicMillis = performance.now()): void {
  const last = said.get(topic);
  if (last !== undefined && monotonicMillis - last.atMillis < quietMillis) {
    last.withheld += 1;
    return;
  }
  said.set(topic, { atMillis: monotonicMillis, withheld: 0 });
  const withheld = last?.withheld ? ` (and ${last.withheld} more of this kind since)` : '';
  const { diag } = (globalThis as { [api]?: { diag?: { warn(text: string): void } } })[api] ?? {};
  diag?.warn(`koa-context-window: ${message}${withheld}`);
}
