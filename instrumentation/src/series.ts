import type { Metric } from './metrics.ts';

/** The current value of one series. Its labels may change, and it may end before its session does. */
export interface Series {
  readonly metric: Metric;
  readonly attributes: Readonly<Record<string, string>>;
  /** The current value; for a histogram, the number of counted values. */
  readonly value: number;
  /** The buckets, for a histogram only. */
  readonly histogram?: SeriesHistogram;
}

/** The buckets of a histogram. */
export interface SeriesHistogram {
  /** Upper bounds in ascending order; the last bucket has none. */
  readonly boundaries: readonly number[];
  /** Number of values in each bucket: one more entry than `boundaries` has. */
  readonly counts: readonly number[];
  /** Sum of the values. */
  readonly sum: number;
}

/** Returns further series to export. Called at every collection; must not throw. */
export type SeriesSource = () => Iterable<Series>;

interface Gone {
  readonly series: Series;
  readonly monotonicMillis: number;
}

/** Remembers the exported series, to find those that ended and need a staleness marker. */
export class SeriesMemory {
  #current = new Map<string, Series>();
  readonly #gone = new Map<string, Gone>();

  /** The series of the newest collection. */
  get current(): Iterable<Series> {
    return this.#current.values();
  }

  /** Replaces the series by those of a new collection at a monotonic time. */
  replace(series: Iterable<Series>, monotonicMillis: number): void {
    const before = this.#current;
    this.#current = new Map(Array.from(series, (one) => [keyOf(one), one]));
    for (const [key, one] of before) {
      if (!this.#current.has(key)) this.#gone.set(key, { series: one, monotonicMillis });
    }
    for (const key of this.#gone.keys()) if (this.#current.has(key)) this.#gone.delete(key);
  }

  /** The series that ended at or after a monotonic time and have not come back. Forgets those that ended before. */
  goneSince(monotonicMillis: number): Series[] {
    for (const [key, gone] of this.#gone) {
      if (gone.monotonicMillis < monotonicMillis) this.#gone.delete(key);
    }
    return Array.from(this.#gone.values(), ({ series }) => series);
  }
}

function keyOf({ metric, attributes }: Series): string {
  return [metric.name, ...Object.values(attributes)].join('\n');
}
