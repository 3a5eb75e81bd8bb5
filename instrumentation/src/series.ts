import type { Metric } from './metrics.ts';

/** One series as it is now. Its labels may change, and it may end before its session does. */
export interface Series {
  readonly metric: Metric;
  readonly attributes: Readonly<Record<string, string>>;
  /** What it is now; of a histogram, how many values it counted. */
  readonly value: number;
  /** How the values of a histogram are spread. */
  readonly histogram?: SeriesHistogram;
}

/** The spread of a histogram's values. */
export interface SeriesHistogram {
  /** Upper bounds of the buckets, in order; the last bucket has none. */
  readonly boundaries: readonly number[];
  /** Values in each bucket: one more than there are bounds. */
  readonly counts: readonly number[];
  /** The values added up. */
  readonly sum: number;
}

/** Where series beside those of the registry come from; asked at every collection, and must not throw. */
export type SeriesSource = () => Iterable<Series>;

interface Gone {
  readonly series: Series;
  readonly monotonicMillis: number;
}

/** Remembers which series were exported, to tell which of them are gone: those need a staleness marker. */
export class SeriesMemory {
  #current = new Map<string, Series>();
  readonly #gone = new Map<string, Gone>();

  /** The series of the newest collection. */
  get current(): Iterable<Series> {
    return this.#current.values();
  }

  /** Takes over the series of a new collection, at a moment of the monotonic clock. */
  replace(series: Iterable<Series>, monotonicMillis: number): void {
    const before = this.#current;
    this.#current = new Map(Array.from(series, (one) => [keyOf(one), one]));
    for (const [key, one] of before) {
      if (!this.#current.has(key)) this.#gone.set(key, { series: one, monotonicMillis });
    }
    for (const key of this.#gone.keys()) if (this.#current.has(key)) this.#gone.delete(key);
  }

  /** The series that went at or after a moment and have not come back; those of before it are forgotten. */
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
