// Owns the readings and slots of many series read at once: what is asked of one of them is answered from memory, as the store would.
import { contains, type Period } from '../../core/calendar.ts';
import { countsInTotals } from '../../core/quality.ts';
import { type SampleColumns, type SeriesKey, seriesName } from '../../core/sample.ts';
import { type Resolution, resolutions, type Slot } from '../../core/slots.ts';
import type { Around, Store } from '../../core/store.ts';

export type SampleSource = Pick<Store, 'samples'>;
export type Source = Pick<Store, 'samples' | 'slots'>;
type Read = SampleColumns & { isAll: boolean } & Record<Resolution, Slot[]>;

export class ReadAhead implements Source {
  readonly #store: Source;
  readonly #since: number;
  readonly #read: ReadonlyMap<string, Read>;

  private constructor(store: Source, since: number, read: ReadonlyMap<string, Read>) {
    this.#store = store;
    this.#since = since;
    this.#read = read;
  }

  /** A store that reads series one by one answers itself. */
  static async of(store: Store, keys: readonly SeriesKey[], since: number): Promise<Source> {
    if (store.samplesSince === undefined) return store;
    const samples = await store.samplesSince(keys, since);
    const later = { start: since, end: Number.MAX_SAFE_INTEGER };
    const [quarter, hour, day] = await Promise.all(resolutions.map((one) => store.slots(keys, one, later)));
    const readOf = (n: number) => ({ ...samples[n], quarter: quarter?.[n], hour: hour?.[n], day: day?.[n] }) as Read;
    return new ReadAhead(store, since, new Map(keys.map((key, n) => [seriesName(key), readOf(n)])));
  }

  async slots(keys: readonly SeriesKey[], resolution: Resolution, period: Period): Promise<Slot[][]> {
    if (period.start < this.#since) return this.#store.slots(keys, resolution, period);
    return keys.map((key) =>
      (this.#read.get(seriesName(key))?.[resolution] ?? []).filter(({ start }) => contains(period, start)),
    );
  }

  async samples(key: SeriesKey, period: Period, around: Around = 'none'): Promise<SampleColumns> {
    const all = this.#read.get(seriesName(key));
    if (all === undefined || (period.start < this.#since && !all.isAll))
      return this.#store.samples(key, period, around);
    const isUsable = (row: number) =>
      around === 'any' || (all.value[row] !== null && countsInTotals(all.quality[row] as number));
    let from = firstAt(all.time, period.start);
    let to = firstAt(all.time, period.end);
    const rows: number[] = [];
    if (around !== 'none') {
      while (from > 0 && !isUsable(from - 1)) from--;
      if (from === 0 && !all.isAll) return this.#store.samples(key, period, around); // the one before lies further back
      if (from > 0) rows.push(from - 1);
      from = firstAt(all.time, period.start);
    }
    for (let row = from; row < to; row++) rows.push(row);
    if (around !== 'none') {
      while (to < all.time.length && !isUsable(to)) to++;
      if (to < all.time.length) rows.push(to);
    }
    return {
      time: rows.map((row) => all.time[row] as number),
      value: rows.map((row) => all.value[row] as number | null),
      quality: rows.map((row) => all.quality[row] as number),
    };
  }
}

/** The first row of a time or after it. */
function firstAt(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
