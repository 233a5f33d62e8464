// Owns the shape of readings: which series they belong to, and the columns that carry many of them at once.
import type { PointId } from './points.ts';

/** One point of one meter. */
export type SeriesKey = { readonly meter: string; readonly point: PointId };

export const seriesName = (key: SeriesKey): string => `${key.meter}.${key.point}`;

/** Ids travel in topics, file names, tags and URLs: one alphabet that is safe in all of them. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export type Sample = {
  meter: string;
  point: PointId;
  /** Milliseconds UTC at which the device answered. */
  time: number;
  /** Null when the quality is bad: missing is never a number. */
  value: number | null;
  quality: number;
};

/** Readings of one series in order of time. */
export type SampleColumns = { time: number[]; value: (number | null)[]; quality: number[] };

/** Readings that a gateway could not keep: how many, of when, and why. It travels and is stored like readings. */
export type Loss = {
  reason: LossReason;
  kind: 'states' | 'counters';
  readings: number;
  /** The times of the readings, first and last. */
  from: number;
  to: number;
  /**
   * The batches that they were in, and the numbers of records that were added up into this one; null when they never reached
   * the spool. One batch alone may have been sent before it was given up: if it is stored, nothing of it is lost.
   */
  batches: [first: number, last: number] | null;
};

export const lossReasons = ['spool_full', 'spool_old', 'disk_low', 'disk_full', 'clock_unknown'] as const;
export type LossReason = (typeof lossReasons)[number];

/** What a gateway sends at once. `index` says for each reading which of `series` it belongs to. */
export type Batch = SampleColumns & {
  gateway: string;
  epoch: number;
  seq: number;
  series: SeriesKey[];
  index: number[];
  lost: Loss[];
};

/** Some of a batch's readings, under the same numbers; what it tells about losses stays behind. */
export function rowsOf(batch: Batch, rows: readonly number[]): Batch {
  const builder = new BatchBuilder();
  for (const row of rows) {
    builder.add({
      ...(batch.series[batch.index[row] as number] as SeriesKey),
      time: batch.time[row] as number,
      value: batch.value[row] as number | null,
      quality: batch.quality[row] as number,
    });
  }
  return builder.build(batch.gateway, batch.epoch, batch.seq);
}

/** What a gateway tells about a series when it comes up: what the slots need to know about the device behind it. */
export type SeriesFacts = SeriesKey & {
  template: string;
  /** Where a register wraps, in the point's unit; null: it does not wrap within its life. */
  modulus: number | null;
  /** The most that the point can grow in an hour; a jump above it is not energy. */
  maxPerHour: number | null;
  /** Protocol, address and register, for the trace. */
  source: string;
  /** Which device stood here since when, oldest first: no difference is taken across two of them. */
  installations: Installation[];
};

export type Installation = {
  serial: string;
  from: number;
  /** What it showed when it came and when it went, in the point's unit, as written down by whoever did it. */
  initial?: number | undefined;
  final?: number | undefined;
  /** By which its readings are multiplied to be the plant's: transformers that it does not know of. Without it, 1. */
  multiplier?: number | undefined;
};

type Place = { readonly key: SeriesKey; batch: number; index: number };

/** Where a series stands in the batch that is being built. Shared by batch after batch: to make it anew costs more than the readings. */
export class SeriesPlaces {
  readonly #places = new Map<string, Map<PointId, Place>>();

  of({ meter, point }: SeriesKey): Place {
    let ofMeter = this.#places.get(meter);
    if (ofMeter === undefined) {
      ofMeter = new Map();
      this.#places.set(meter, ofMeter);
    }
    let place = ofMeter.get(point);
    if (place === undefined) {
      place = { key: { meter, point }, batch: 0, index: 0 };
      ofMeter.set(point, place);
    }
    return place;
  }
}

let batches = 0;

export class BatchBuilder {
  readonly #batch = ++batches;
  readonly #places: SeriesPlaces;
  readonly #series: SeriesKey[] = [];
  #columns: SampleColumns & { index: number[] } = { index: [], time: [], value: [], quality: [] };

  constructor(places: SeriesPlaces = new SeriesPlaces()) {
    this.#places = places;
  }

  static of({ series, index, time, value, quality }: Batch): BatchBuilder {
    const builder = new BatchBuilder();
    for (const key of series) builder.#indexOfSeries(key);
    builder.#columns = { index: [...index], time: [...time], value: [...value], quality: [...quality] };
    return builder;
  }

  get size(): number {
    return this.#columns.index.length;
  }

  add(sample: Sample): void {
    this.#columns.index.push(this.#indexOfSeries(sample));
    this.#columns.time.push(sample.time);
    this.#columns.value.push(sample.value);
    this.#columns.quality.push(sample.quality);
  }

  #indexOfSeries(key: SeriesKey): number {
    const place = this.#places.of(key);
    if (place.batch !== this.#batch) {
      place.batch = this.#batch;
      place.index = this.#series.length;
      this.#series.push(place.key);
    }
    return place.index;
  }

  /** The times of the first and the last reading. */
  span(): { from: number; to: number } {
    const { time } = this.#columns;
    let [from, to] = [time[0] ?? 0, time[0] ?? 0];
    for (const one of time) {
      if (one < from) from = one;
      if (one > to) to = one;
    }
    return { from, to };
  }

  /** Corrects times; a reading whose time changed and whose quality was `before` has the quality `after`. */
  redate(timeOf: (time: number) => number, before: number, after: number): void {
    const { time, quality } = this.#columns;
    for (const [row, one] of time.entries()) {
      time[row] = timeOf(one);
      if (time[row] !== one && quality[row] === before) quality[row] = after;
    }
  }

  build(gateway: string, epoch: number, seq: number): Batch {
    return { gateway, epoch, seq, series: this.#series, ...this.#columns, lost: [] };
  }
}
