import type { Metric } from './metrics.ts';

/** The current value of one series. Its labels may change, and it may end before its session does. */
export interface Series {
  readonly metric: Metric;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
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

/** Series that ended are forgotten after this long, even while a slow collector keeps exports from marking them. */
const goneMillis = 60_000;

interface Gone {
  readonly series: Series;
  readonly monotonicMillis: number;
}

interface Remembered {
  series: Series;
  /** Its own number. */
  readonly number: number;
  /** The newest value that arrived, unless it is due again. */
  arrivedValue: number | undefined;
}

/** Remembers the series of the newest export, to find those that changed, and those that ended and need a staleness marker. */
export class SeriesMemory {
  #current = new Map<string, Remembered>();
  readonly #gone = new Map<string, Gone>();
  #count = 0;

  /** The series of the newest export. */
  get current(): Iterable<Series> {
    return Array.from(this.#current.values(), ({ series }) => series);
  }

  /** Replaces the series by those of a new export at a monotonic time. */
  replace(series: Iterable<Series>, monotonicMillis: number): void {
    const before = this.#current;
    this.#current = new Map();
    for (const one of series) {
      const key = keyOf(one);
      const known = before.get(key) ?? { series: one, number: this.#count++, arrivedValue: undefined };
      known.series = one;
      this.#current.set(key, known);
      this.#gone.delete(key);
    }
    for (const [key, one] of before) {
      if (!this.#current.has(key)) this.#gone.set(key, { series: one.series, monotonicMillis });
    }
    this.#forgetGone(monotonicMillis - goneMillis);
  }

  /** The series to export: those whose value has not arrived, and those that are due by their number. */
  take(isDue: (number: number) => boolean): Series[] {
    const taken: Series[] = [];
    for (const one of this.#current.values()) {
      if (isDue(one.number)) one.arrivedValue = undefined;
      if (one.series.value !== one.arrivedValue) taken.push(one.series);
    }
    return taken;
  }

  /** Call it when series have arrived. */
  arrived(series: readonly Series[]): void {
    for (const one of series) {
      const known = this.#current.get(keyOf(one));
      if (known !== undefined) known.arrivedValue = one.value;
    }
  }

  /** The series that ended at or after a monotonic time and have not come back. Forgets those that ended before. */
  goneSince(monotonicMillis: number): Series[] {
    this.#forgetGone(monotonicMillis);
    return Array.from(this.#gone.values(), ({ series }) => series);
  }

  #forgetGone(beforeMillis: number): void {
    for (const [key, gone] of this.#gone) {
      if (gone.monotonicMillis < beforeMillis) this.#gone.delete(key);
    }
  }
}

function keyOf({ metric, attributes }: Series): string {
  return [metric.name, ...Object.values(attributes)].join('\n');
}
