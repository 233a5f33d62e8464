// Owns the slots of one series while readings come in: quarters of an hour, and the hours and days made of them.
import { type Calendar, slotLength } from '../../core/calendar.ts';
import { type PointId, points, toSteps } from '../../core/points.ts';
import { countsInTotals, levelOf } from '../../core/quality.ts';
import type { SeriesFacts } from '../../core/sample.ts';
import { emptySlot, mergeSlot, type Resolution, type Slot, slotPeriod } from '../../core/slots.ts';
import { type CounterLimits, type CounterReading, canGrow, type Interval, newCounter, readCounter } from './counter.ts';
import { type GaugeReading, heldParts } from './gauge.ts';
import { acrossReplacement, type Installed, indexAt, installedOf } from './installations.ts';
import { OpenSlot, partsOf } from './spread.ts';

export type SlotLists = Record<Resolution, Slot[]>;

export const hasSlots = (point: PointId): boolean => points[point].kind === 'counter' || points[point].kind === 'gauge';

export class SeriesSlots {
  readonly #kind: 'counter' | 'gauge';
  readonly #calendar: Calendar;
  readonly #quarter: OpenSlot;
  readonly #coarse: Record<'hour' | 'day', { slot: Slot; end: number } | undefined> = {
    hour: undefined,
    day: undefined,
  };
  readonly #installed: readonly Installed[];
  #counter = newCounter();
  readonly #limits: CounterLimits;
  #held: GaugeReading | undefined;
  #closed: SlotLists = { quarter: [], hour: [], day: [] };
  #changed = false;
  /** Readings up to here are in. */
  lastTime = Number.NEGATIVE_INFINITY;

  constructor(point: PointId, facts: SeriesFacts | undefined, calendar: Calendar) {
    const steps = (amount: number | null | undefined) => (amount == null ? null : toSteps(amount, point));
    this.#kind = points[point].kind === 'gauge' ? 'gauge' : 'counter';
    this.#installed = installedOf(facts?.installations ?? [], (amount) => toSteps(amount, point));
    this.#limits = { modulus: steps(facts?.modulus), maxPerHour: steps(facts?.maxPerHour) };
    this.#calendar = calendar;
    this.#quarter = new OpenSlot(this.#kind);
  }

  push(time: number, steps: number | null, quality: number): void {
    if (time <= this.lastTime) return; // already in: a rebuild reads ahead of the queue
    this.lastTime = time;
    const multiplier = this.#installed[indexAt(this.#installed, time)]?.multiplier ?? 1;
    const actual = steps === null ? null : Math.round(steps * multiplier);
    if (this.#kind === 'counter') {
      if (actual === null || !countsInTotals(quality) || this.#growsWithin(time, actual, quality)) return;
      for (const interval of this.#count({ time, steps: actual, quality }, multiplier)) {
        for (const part of partsOf(interval)) this.#add(part);
      }
    } else {
      if (this.#held !== undefined) for (const part of heldParts(this.#held, time)) this.#add(part);
      this.#held = { time, steps: levelOf(quality) === 'bad' ? null : actual, quality };
    }
  }

  /** Nearly every reading: it goes on from the last one, in the slot that is open, so that there is nothing to lay over slots. */
  #growsWithin(time: number, steps: number, quality: number): boolean {
    const { last, doubted } = this.#counter;
    const open = this.#quarter.current;
    if (last === undefined || doubted !== undefined || open === undefined) return false;
    if (last.time < open.start || time > open.start + slotLength || this.#installed.length > 1) return false;
    const multiplier = this.#installed[0]?.multiplier ?? 1;
    const growth = steps - last.steps;
    const { maxPerHour } = this.#limits;
    if (!canGrow(growth, time - last.time, maxPerHour === null ? null : maxPerHour * multiplier)) return false;
    this.#changed = true;
    open.value += growth;
    open.covered += time - last.time;
    open.quality = Math.max(open.quality, last.quality, quality);
    open.readings++;
    last.time = time;
    last.steps = steps;
    last.quality = quality;
    return true;
  }

  #count(reading: CounterReading, multiplier: number): Interval[] {
    const { last } = this.#counter;
    if (last !== undefined && indexAt(this.#installed, last.time) !== indexAt(this.#installed, reading.time)) {
      this.#counter = { last: reading, doubted: undefined };
      return acrossReplacement(this.#installed, last, reading);
    }
    const scaled = (limit: number | null) => (limit === null ? null : limit * multiplier);
    const { modulus, maxPerHour } = this.#limits;
    return readCounter(this.#counter, reading, { modulus: scaled(modulus), maxPerHour: scaled(maxPerHour) });
  }

  /** No reading waits for the next one to be understood. */
  get settled(): boolean {
    return this.#counter.doubted === undefined;
  }

  #add(part: Slot): void {
    this.#changed = true;
    const closed = this.#quarter.add(part);
    if (closed !== undefined) this.#close(closed);
  }

  #close(quarter: Slot): void {
    this.#closed.quarter.push(quarter);
    for (const resolution of ['hour', 'day'] as const) {
      const done = this.#mergeCoarse(resolution, quarter);
      if (done !== undefined) this.#closed[resolution].push(done);
    }
  }

  #mergeCoarse(resolution: 'hour' | 'day', quarter: Slot): Slot | undefined {
    const open = this.#coarse[resolution];
    if (open !== undefined && quarter.start < open.end) {
      mergeSlot(open.slot, quarter, this.#kind);
      return undefined;
    }
    const { start, end } = slotPeriod(quarter.start, resolution, this.#calendar);
    const slot = emptySlot(start);
    mergeSlot(slot, quarter, this.#kind);
    this.#coarse[resolution] = { slot, end };
    return open?.slot;
  }

  get hasClosed(): boolean {
    return this.#closed.quarter.length > 0;
  }

  /** The slots that came to an end since the last call. */
  takeClosed(): SlotLists {
    const closed = this.#closed;
    this.#closed = { quarter: [], hour: [], day: [] };
    return closed;
  }

  /** The slots that are still growing, as far as they are known; nothing when they did not change since the last call. */
  takeOpen(): SlotLists {
    const quarter = this.#quarter.current;
    if (!this.#changed || quarter === undefined) return { quarter: [], hour: [], day: [] };
    this.#changed = false;
    const lists: SlotLists = { quarter: [{ ...quarter }], hour: [], day: [] };
    for (const resolution of ['hour', 'day'] as const) {
      const open = this.#coarse[resolution];
      const sameSlot = open !== undefined && quarter.start < open.end;
      const slot = sameSlot ? { ...open.slot } : emptySlot(slotPeriod(quarter.start, resolution, this.#calendar).start);
      mergeSlot(slot, quarter, this.#kind);
      if (open !== undefined && !sameSlot) lists[resolution].push({ ...open.slot });
      lists[resolution].push(slot);
    }
    return lists;
  }
}
