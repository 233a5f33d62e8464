// Owns how far one answer of a meter can be trusted, where a single byte of checksum is all that protects it.
import { hour } from '../core/calendar.ts';
import { points as catalogue, type PointId } from '../core/points.ts';
import { countsInTotals } from '../core/quality.ts';
import { convert } from '../core/units.ts';
import { CounterWatch, type Reading } from './reading.ts';
import type { AnyPoint } from './template.ts';

export type Answered = { readings: Reading[]; time: number };

/** How fast a counter grew when it was read last, a millisecond. */
type Count = { value: number; time: number; pace: number };

/** So many sound answers in a row make one answer enough. */
const enoughSound = 30;
/** A counter may besides have shown the last of an answer's steps, and begun the next. */
const growsSteps = 2;
/** A counter that grew more than this many times as fast as before, and more than so many steps, is asked again. */
const hastens = 2;
const hastensSteps = 5;
/** How much a state may move between two answers: this share of it, or so many steps. */
const movesBy = 0.05;
const movesSteps = 20;

/**
 * One in 256 spoiled answers has a right sum. So one answer is enough only from a meter whose answers were all sound lately,
 * for counters that grew about as before and states that moved a little.
 */
export class Trust {
  readonly #points: ReadonlyMap<PointId, AnyPoint>;
  readonly #stepOf: (point: PointId) => number | undefined;
  readonly #watch = new CounterWatch();
  readonly #states = new Map<PointId, Reading>();
  readonly #counts = new Map<PointId, Count>();
  #sound = 0;

  /** The smallest step of a point, in its template's unit, as far as it is known. */
  constructor(points: readonly AnyPoint[], stepOf: (point: PointId) => number | undefined) {
    this.#points = new Map(points.map((point) => [point.point, point]));
    this.#stepOf = stepOf;
  }

  get isFirm(): boolean {
    return this.#sound >= enoughSound;
  }

  heard(isSound: boolean): void {
    this.#sound = isSound ? this.#sound + 1 : 0;
  }

  isDoubtful(reading: Reading, time: number): boolean {
    const limit = this.#limitOf(reading.point);
    if (limit !== undefined) return this.#watch.isDoubtful(reading, time, limit) || this.#hastened(reading, time);
    const before = this.#states.get(reading.point);
    return before !== undefined && !this.#follows(before, reading, 0);
  }

  /** What a later answer says is what an earlier one makes likely: a counter stands where it stood, or goes on at its pace. */
  agrees(earlier: Answered, reading: Reading, time: number): boolean {
    const pace = this.#counts.get(reading.point)?.pace;
    const most = pace === undefined ? this.#limitOf(reading.point) : hastens * pace * hour;
    return this.#goesOn(earlier, reading, time, most, 0);
  }

  /** What a later answer says is possible after what an earlier one said. */
  canFollow(earlier: Answered, reading: Reading, time: number): boolean {
    return this.#goesOn(earlier, reading, time, this.#limitOf(reading.point), growsSteps);
  }

  #goesOn(earlier: Answered, reading: Reading, time: number, most: number | undefined, steps: number): boolean {
    const before = earlier.readings.find(({ point }) => point === reading.point);
    return before !== undefined && this.#follows(before, reading, Math.max(0, time - earlier.time), most, steps);
  }

  /** Remembers what was taken for true. */
  settle({ readings, time }: Answered): void {
    for (const reading of readings) {
      if (this.isState(reading)) this.#states.set(reading.point, reading);
      else this.#count(reading, time);
    }
  }

  isState({ point }: Reading): boolean {
    return this.#points.get(point)?.counter === undefined;
  }

  #follows(before: Reading, { point, value, quality }: Reading, elapsed: number, most?: number, steps = 0): boolean {
    if (before.value === null || value === null) return before.quality === quality;
    const change = value - before.value;
    const step = this.#step(point);
    if (most !== undefined) return change >= 0 && change <= (most * elapsed) / hour + steps * step;
    if (catalogue[point].kind === 'state') return change === 0;
    return Math.abs(change) <= Math.max(movesBy * Math.max(Math.abs(value), Math.abs(before.value)), movesSteps * step);
  }

  #hastened({ point, value }: Reading, time: number): boolean {
    const last = this.#counts.get(point);
    if (last === undefined || value === null) return false;
    return value - last.value > hastens * last.pace * (time - last.time) + hastensSteps * this.#step(point);
  }

  #count(reading: Reading, time: number): void {
    const { point, value, quality } = reading;
    this.#watch.accept(reading, time);
    if (value === null || !countsInTotals(quality)) return;
    const { value: before, time: then } = this.#counts.get(point) ?? { value, time };
    this.#counts.set(point, { value, time, pace: time > then ? Math.max(0, value - before) / (time - then) : 0 });
  }

  /** The most that a counter can count in an hour, in the catalogue's unit. */
  #limitOf(id: PointId): number | undefined {
    const { counter, unit = '' } = this.#points.get(id) ?? {};
    return counter === undefined ? undefined : convert(counter.maxPerHour, unit, catalogue[id].unit);
  }

  #step(id: PointId): number {
    const step = this.#stepOf(id);
    return step === undefined ? 0 : convert(step, this.#points.get(id)?.unit ?? '', catalogue[id].unit);
  }
}
