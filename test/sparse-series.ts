import { receiverMetrics, sessionMetrics, sparseMetrics } from '#metrics';
import type { Series } from './vmalert-tool.ts';

type Samples = readonly (number | '_' | 'stale')[];

const warningPercent = 70;
const compactionPercent = 95;
/** A session stays in the series for so many seconds after it fell below the warning threshold. */
const keptSeconds = 120;

/** Adds the sparse series that a sender of these series exports with them. Samples are one second apart. */
export function withSparseSeries(series: Series): Series {
  return { ...series, ...highUsage(series), ...compactionUsage(series) };
}

function highUsage(series: Series): Series {
  return derived(
    series,
    sessionMetrics.contextUsagePercent.name,
    sparseMetrics.highUsage.name,
    (labels, usage) => {
      const counters = [sessionMetrics.threshold70, sessionMetrics.threshold90].map(({ name }) =>
        samplesOf(series[`${name}{${labels}}`] ?? ''),
      );
      let untilSecond = -Infinity;
      return usage.map((value, second) => {
        const crossed = counters.some((counter) => rises(counter, second));
        if (crossed || (typeof value === 'number' && value >= warningPercent))
          untilSecond = second + keptSeconds;
        return second <= untilSecond ? value : undefined;
      });
    },
  );
}

function compactionUsage(series: Series): Series {
  const { contextTokens } = sessionMetrics;
  return derived(series, contextTokens.name, receiverMetrics.compactionUsage.name, (labels, tokens) => {
    const [threshold] = samplesOf(series[`${receiverMetrics.compactionThreshold.name}{${labels}}`] ?? '');
    return tokens.map((value) => {
      if (typeof value !== 'number' || typeof threshold !== 'number') return undefined;
      const percent = (value * 100) / threshold;
      return percent >= compactionPercent ? percent : undefined;
    });
  });
}

/** Makes one series from each with a name. Where there is no value after one, the series is marked stale. */
function derived(
  series: Series,
  from: string,
  to: string,
  valuesOf: (labels: string, samples: Samples) => readonly (Samples[number] | undefined)[],
): Series {
  const entries = Object.entries(series).flatMap(([key, text]) => {
    const labels = key.startsWith(`${from}{`) ? key.slice(from.length + 1, -1) : undefined;
    if (labels === undefined) return [];
    const values = valuesOf(labels, samplesOf(text));
    if (values.every((value) => value === undefined)) return [];
    const marked = values.map(
      (value, second) => value ?? (second > 0 && values[second - 1] !== undefined ? 'stale' : '_'),
    );
    return [[`${to}{${labels}}`, marked.join(' ')]];
  });
  return Object.fromEntries(entries) as Series;
}

/** Expands vmalert-tool's notation: `50x9` is 50 followed by nine more, `50+1x9` grows by 1. */
function samplesOf(text: string): Samples {
  return text.split(' ').flatMap((part): Samples => {
    const match = /^(_|stale|[\d.]+)(?:\+([\d.]+))?(?:x(\d+))?$/.exec(part);
    if (match === null) return [];
    const [, first = '', step = '0', times = '0'] = match;
    const isGap = first === '_' || first === 'stale';
    // A gap has no value that is repeated besides itself: `_x9` is nine.
    const length = first === '_' && match[3] !== undefined ? Number(times) : Number(times) + 1;
    return Array.from({ length }, (_, index) => (isGap ? first : Number(first) + Number(step) * index));
  });
}

function rises(counter: Samples, second: number): boolean {
  const [before, now] = [counter[second - 1], counter[second]];
  return typeof before === 'number' && typeof now === 'number' && now > before;
}
