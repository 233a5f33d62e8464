// Owns the store port: what every store of readings must do, whichever database is behind it.
import type { Period } from './calendar.ts';
import type { Fault } from './fault.ts';
import type { ReceivedRange } from './receipts.ts';
import type { Batch, Loss, Sample, SampleColumns, SeriesFacts, SeriesKey } from './sample.ts';
import type { Resolution, Slot } from './slots.ts';

/** The batches of one gateway's epoch that are in the store: unbroken ranges, in order. */
export type Receipts = { gateway: string; epoch: number; ranges: ReceivedRange[] };

/** Takes, durably, readings that the database will never take. */
export type RefuseReadings = (batch: Batch, reason: Fault) => void;

export type Committed = {
  /** Readings written: batches that were in the store already write nothing. */
  samples: number;
  duplicates: number;
  /** Readings that were not newer than what their series already had: their slots must be made again. */
  late: (SeriesKey & { time: number })[];
};

export type LossRecord = Loss & { gateway: string; epoch: number; seq: number };

export type Around = 'none' | 'any' | 'counting';

export type SlotWrite = { key: SeriesKey; resolution: Resolution; slots: Slot[] };

export interface Store {
  /**
   * All or nothing, and durable when it resolves: only then may the batches be acknowledged. A database that refuses single
   * readings has them taken by `refuse`, before the batches count as stored; without it the commit fails.
   */
  commit(batches: readonly Batch[], refuse?: RefuseReadings): Promise<Committed>;
  receipts(): Promise<Receipts[]>;
  /** Everything that gateways said they lost, in the order of its time, without what is stored all the same. */
  losses(): Promise<LossRecord[]>;
  putFacts(facts: readonly SeriesFacts[]): Promise<void>;
  facts(): Promise<SeriesFacts[]>;
  /** The newest reading of every series. */
  latest(): Promise<Sample[]>;
  /** The readings of a series in a period, and around it the nearest on each side: any, or any that counts in totals. */
  samples(key: SeriesKey, period: Period, around?: Around): Promise<SampleColumns>;
  /**
   * All readings of many series from a moment on, one list for each key; a store that has it answers as for one of them.
   * `isAll`: the store knows that there is nothing older.
   */
  samplesSince?(keys: readonly SeriesKey[], start: number): Promise<(SampleColumns & { isAll: boolean })[]>;
  /** Writes over slots of the same start; an empty one takes away what was there. */
  putSlots(writes: readonly SlotWrite[]): Promise<void>;
  /** One list for each key, in the order of the keys. */
  slots(keys: readonly SeriesKey[], resolution: Resolution, period: Period): Promise<Slot[][]>;
  /** The start of each series' newest slot of a quarter of an hour. */
  newestSlots(): Promise<(SeriesKey & { start: number })[]>;
  close(): Promise<void>;
}

/** A store that can take the place of another. */
export interface Successor extends Store {
  /** What is known of the gateways' batches from now on: these, in the place of whatever was known. */
  takeOver(receipts: readonly Receipts[], losses: readonly LossRecord[]): Promise<void>;
}

/** Readings that somebody stored: `at` is when, `from` and `to` are their times. */
export type Change = { id: string; at: number; gateway: string; from: number; to: number };

/** What a store tells to those who did not write it themselves. */
export interface ChangeSource {
  changesSince(at: number): Promise<Change[]>;
  /** Series of which a gateway has readings in a period. */
  seriesIn(gateway: string, period: Period): Promise<SeriesKey[]>;
  /** Up to when changes were followed. What is older by a day may be forgotten. */
  followed(): Promise<number>;
  setFollowed(at: number): Promise<void>;
}
