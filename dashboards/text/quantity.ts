/** A number of tokens as people say it: `950`, `81.7K`, `1.2M`. */
export function tokensShown(tokens: number): string {
  if (tokens < 999.5) return String(Math.round(tokens));
  return tokens < 999_950 ? `${decimal(tokens / 1_000)}K` : `${decimal(tokens / 1_000_000)}M`;
}

/** A share in percent, rounded down: 69.96 is not yet 70. */
export function percentShown(percent: number): string {
  return `${decimal(Math.floor(percent * 10 + 1e-6) / 10)}%`;
}

/** A time span in its two largest units: `34s`, `12m`, `2h 15m`, `3d 4h`. */
export function durationShown(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A latency: `12.3ms`, `1.2s`. */
export function latencyShown(seconds: number): string {
  return seconds < 0.9995 ? `${decimal(seconds * 1_000)}ms` : `${decimal(seconds)}s`;
}

/** An amount of money in US dollars, small ones with four digits: `$0.0034`, `$12.50`. */
export function dollarsShown(dollars: number): string {
  return dollars > 0 && dollars < 0.1 ? `$${dollars.toFixed(4)}` : `$${dollars.toFixed(2)}`;
}

/** A number with one digit behind the point, which is left out when it is 0. */
export function decimal(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** A moment as the clock on the wall shows it. */
export function clockShown(atMillis: number): string {
  return new Date(atMillis).toLocaleTimeString('en-GB');
}
