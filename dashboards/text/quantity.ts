/** Formats a number of tokens: `950`, `81.7K`, `1.2M`. */
export function tokensShown(tokens: number): string {
  if (tokens < 999.5) return String(Math.round(tokens));
  return tokens < 999_950 ? `${decimal(tokens / 1_000)}K` : `${decimal(tokens / 1_000_000)}M`;
}

/** Formats a share in percent, rounded down to one decimal: 69.96 becomes `69.9%`, not `70%`. */
export function percentShown(percent: number): string {
  return `${decimal(Math.floor(percent * 10 + 1e-6) / 10)}%`;
}

/** Formats a duration in its largest units: `34s`, `12m`, `2h 15m`, `3d 4h`. */
export function durationShown(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** Formats a latency: `12.3ms`, `1.2s`. */
export function latencyShown(seconds: number): string {
  return seconds < 0.9995 ? `${decimal(seconds * 1_000)}ms` : `${decimal(seconds)}s`;
}

/** Formats US dollars, with four decimals below a cent: `$0.0034`, `$0.05`, `$12.50`. */
export function dollarsShown(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? `$${dollars.toFixed(4)}` : `$${dollars.toFixed(2)}`;
}

/** Formats a number with at most one decimal. */
export function decimal(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** Formats a wall-clock time in the local time zone: `14:05:09`. */
export function clockShown(atMillis: number): string {
  return new Date(atMillis).toLocaleTimeString('en-GB');
}
