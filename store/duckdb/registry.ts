// Owns which series the embedded store knows: their numbers in its tables, what is known about them, and the newest reading of each.
import { fromSteps, parsePointId, points, toSteps } from '../../core/points.ts';
import { type Sample, type SeriesFacts, type SeriesKey, seriesName } from '../../core/sample.ts';
import type { SeriesRow } from './operations.ts';

export type Series = SeriesKey & {
  readonly sid: number;
  /** How many steps its point has to the unit. */
  readonly scale: number;
  facts: SeriesFacts | null;
  /** False until the registry on disk has it. */
  stored: boolean;
};

const never = Number.NEGATIVE_INFINITY;

export class SeriesRegistry {
  readonly #byName = new Map<string, Series>();
  readonly #bySid: Series[] = [];
  /** Messages bring the same objects, and the same lists of them, again and again: found without their names. */
  readonly #byKey = new WeakMap<SeriesKey, Series>();
  readonly #byList = new WeakMap<readonly SeriesKey[], Series[]>();
  /** The newest reading of each series, by its number: as columns, so that following a reading makes no object. */
  #time = new Float64Array(0);
  /** NaN where there is no value. */
  #steps = new Float64Array(0);
  #quality = new Uint8Array(0);

  load(rows: readonly SeriesRow[], latest: readonly Float64Array[]): void {
    for (const { sid, meter, point, facts } of rows) {
      const known = facts === null ? null : (JSON.parse(facts) as SeriesFacts);
      this.#add({ meter, point: parsePointId(point) }, sid, known, true);
    }
    const [sids = [], times = [], steps = [], qualities = []] = latest;
    for (let row = 0; row < sids.length; row++) {
      const sid = sids[row] as number;
      this.#time[sid] = times[row] as number;
      this.#steps[sid] = steps[row] as number;
      this.#quality[sid] = qualities[row] as number;
    }
  }

  find(key: SeriesKey): Series | undefined {
    return this.#byKey.get(key) ?? this.#byName.get(seriesName(key));
  }

  at(sid: number): Series {
    return this.#bySid[sid] as Series;
  }

  all(): readonly Series[] {
    return this.#bySid;
  }

  /** A series that nobody named before gets its number here. */
  of(key: SeriesKey): Series {
    const known = this.find(key) ?? this.#add(key, this.#bySid.length, null, false);
    this.#byKey.set(key, known);
    return known;
  }

  allOf(keys: readonly SeriesKey[]): readonly Series[] {
    const known = this.#byList.get(keys);
    if (known?.length === keys.length) return known;
    const all = keys.map((key) => this.of(key));
    this.#byList.set(keys, all);
    return all;
  }

  #add({ meter, point }: SeriesKey, sid: number, facts: SeriesFacts | null, stored: boolean): Series {
    const series: Series = { meter, point, sid, scale: toSteps(1, point), facts, stored };
    this.#byName.set(seriesName(series), series);
    this.#bySid[sid] = series;
    if (sid >= this.#time.length) this.#grow(sid + 1);
    return series;
  }

  #grow(least: number): void {
    const [time, steps, quality] = [this.#time, this.#steps, this.#quality];
    const room = Math.max(least, 2 * time.length, 1_024);
    this.#time = new Float64Array(room).fill(never);
    this.#time.set(time);
    this.#steps = new Float64Array(room);
    this.#steps.set(steps);
    this.#quality = new Uint8Array(room);
    this.#quality.set(quality);
  }

  /** Follows a reading; says whether it is newer than what its series had. */
  follow(sid: number, time: number, steps: number | null, quality: number): boolean {
    const newest = this.#time[sid] as number;
    if (time < newest || (time === newest && !this.#isBetter(sid, steps, quality))) return false;
    this.#time[sid] = time;
    this.#steps[sid] = steps ?? Number.NaN;
    this.#quality[sid] = quality;
    return time > newest;
  }

  /** The rule of the store for two readings of one instant. */
  #isBetter(sid: number, steps: number | null, quality: number): boolean {
    const than = this.#quality[sid] as number;
    const other = this.#steps[sid] as number;
    return quality < than || (quality === than && (steps ?? never) > (Number.isNaN(other) ? never : other));
  }

  latest(): Sample[] {
    const samples: Sample[] = [];
    for (const { sid, meter, point } of this.#bySid) {
      const time = this.#time[sid] as number;
      if (time === never) continue;
      const steps = this.#steps[sid] as number;
      const value = Number.isNaN(steps) ? null : fromSteps(steps, point);
      samples.push({ meter, point, time, value, quality: this.#quality[sid] as number });
    }
    return samples;
  }

  /** As it stands in the files of months. */
  listed(): { sid: number; meter: string; point: string; decimals: number }[] {
    return this.#bySid.map(({ sid, meter, point }) => ({ sid, meter, point, decimals: points[point].decimals }));
  }
}

export const rowOf = ({ sid, meter, point, facts }: Series): SeriesRow => ({
  sid,
  meter,
  point,
  facts: facts === null ? null : JSON.stringify(facts),
});
