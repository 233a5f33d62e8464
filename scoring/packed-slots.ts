// Owns a year of slots held small: columns of numbers, made into slots when somebody looks at a series.
import { contains, type Period } from '../core/calendar.ts';
import type { PointId } from '../core/points.ts';
import { emptySlot, type Slot, type SlotColumns, slotFields, type Total, totalOf, writeTotal } from '../core/slots.ts';
import { hashOf } from './account/slot-hash.ts';

/** Without extremes: those are a gauge's, and what an account reads are counters. */
type Columns = {
  start: Float64Array;
  value: Float64Array;
  estimated: Float64Array;
  covered: Float64Array;
  quality: Uint16Array;
  marks: Uint16Array;
  readings: Uint32Array;
  /** Made when it is asked for. */
  hash: string | undefined;
};

export type SlotsByName = ReadonlyMap<string, readonly Slot[]>;

/** Enough for the series that are read against each other; a small plant is unpacked once. */
const mostUnpacked = 24;

/** Plain loops: a thousand meters' year goes through them several times. */
function pack(slots: readonly Slot[]): Columns {
  const { length } = slots;
  const columns: Columns = {
    start: new Float64Array(length),
    value: new Float64Array(length),
    estimated: new Float64Array(length),
    covered: new Float64Array(length),
    quality: new Uint16Array(length),
    marks: new Uint16Array(length),
    readings: new Uint32Array(length),
    hash: undefined,
  };
  for (let index = 0; index < length; index++) {
    const slot = slots[index] as Slot;
    columns.start[index] = slot.start;
    columns.value[index] = slot.value;
    columns.estimated[index] = slot.estimated;
    columns.covered[index] = slot.covered;
    columns.quality[index] = slot.quality;
    columns.marks[index] = slot.marks;
    columns.readings[index] = slot.readings;
  }
  return columns;
}

/** As a store gives them, without making a slot of anything. */
function packColumns(given: SlotColumns): Columns {
  const column = (field: (typeof slotFields)[number]) => given[slotFields.indexOf(field)] ?? new Float64Array();
  return {
    start: column('start'),
    value: column('value'),
    estimated: column('estimated'),
    covered: column('covered'),
    quality: Uint16Array.from(column('quality')),
    marks: Uint16Array.from(column('marks')),
    readings: Uint32Array.from(column('readings')),
    hash: undefined,
  };
}

/** One slot after another in the same object: for those who look once and keep nothing. */
function walk(columns: Columns, look: (slot: Slot) => void): void {
  const slot = emptySlot(0);
  for (let index = 0; index < columns.start.length; index++) {
    slot.start = columns.start[index] as number;
    slot.value = columns.value[index] as number;
    slot.estimated = columns.estimated[index] as number;
    slot.covered = columns.covered[index] as number;
    slot.quality = columns.quality[index] as number;
    slot.marks = columns.marks[index] as number;
    slot.readings = columns.readings[index] as number;
    look(slot);
  }
}

function unpack({ start, value, estimated, covered, quality, marks, readings }: Columns): Slot[] {
  const slots = new Array<Slot>(start.length);
  for (let index = 0; index < start.length; index++)
    slots[index] = {
      start: start[index] as number,
      value: value[index] as number,
      estimated: estimated[index] as number,
      covered: covered[index] as number,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      quality: quality[index] as number,
      marks: marks[index] as number,
      readings: readings[index] as number,
    };
  return slots;
}

/** As `totalOf` does it, without making a slot of anything. */
function totalIn(columns: Columns, point: PointId, { start, end }: Period): Total {
  const sum = { value: 0, estimated: 0, covered: 0, quality: 0, marks: 0, readings: 0 };
  let count = 0;
  for (let index = placeOf(columns.start, start); index < columns.start.length; index++) {
    if ((columns.start[index] as number) >= end) break;
    const covered = columns.covered[index] as number;
    const marks = columns.marks[index] as number;
    if (covered === 0 && marks === 0) continue;
    sum.value += columns.value[index] as number;
    sum.estimated += columns.estimated[index] as number;
    sum.covered += covered;
    sum.quality = Math.max(sum.quality, columns.quality[index] as number);
    sum.marks |= marks;
    sum.readings += columns.readings[index] as number;
    count++;
  }
  return writeTotal(sum, count, point, { start, end });
}

/** The first that is not before the time: slots lie in its order. */
function placeOf(starts: Float64Array, time: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same columns, of a shorter time. */
function cut(columns: Columns, { start, end }: Period): Columns {
  const [from, to] = [placeOf(columns.start, start), placeOf(columns.start, end)];
  return {
    start: columns.start.subarray(from, to),
    value: columns.value.subarray(from, to),
    estimated: columns.estimated.subarray(from, to),
    covered: columns.covered.subarray(from, to),
    quality: columns.quality.subarray(from, to),
    marks: columns.marks.subarray(from, to),
    readings: columns.readings.subarray(from, to),
    hash: undefined,
  };
}

/** What of the slots lies in a period. */
export function slotsWithin(slots: SlotsByName, period: Period): SlotsByName {
  if (slots instanceof PackedSlots) return slots.within(period);
  return new Map([...slots].map(([name, all]) => [name, all.filter(({ start }) => contains(period, start))]));
}

export const totalOfSeries = (slots: SlotsByName, name: string, point: PointId, period: Period): Total =>
  slots instanceof PackedSlots ? slots.total(name, point, period) : totalOf(slots.get(name) ?? [], point, period);

/** `look` keeps nothing of the slot: the next one may be the same object. */
export function walkSeries(slots: SlotsByName, name: string, look: (slot: Slot) => void): void {
  if (slots instanceof PackedSlots) slots.walk(name, look);
  else for (const slot of slots.get(name) ?? []) look(slot);
}

export const hashOfSeries = (slots: SlotsByName, name: string): string =>
  slots instanceof PackedSlots ? slots.hash(name) : hashOfList(slots.get(name) ?? []);

/** One meter stands in many traces. The lists that a store gave are never changed. */
const hashes = new WeakMap<readonly Slot[], string>();

function hashOfList(slots: readonly Slot[]): string {
  const hash = hashes.get(slots) ?? hashOf(pack(slots));
  hashes.set(slots, hash);
  return hash;
}

/** A thousand meters' year is 35 million slots: as objects they would not fit into a process. */
export class PackedSlots implements SlotsByName {
  readonly #columns = new Map<string, Columns>();
  readonly #unpacked = new Map<string, readonly Slot[]>();

  add(name: string, slots: readonly Slot[]): void {
    this.#columns.set(name, pack(slots));
    this.#unpacked.delete(name);
  }

  addColumns(name: string, columns: SlotColumns): void {
    this.#columns.set(name, packColumns(columns));
    this.#unpacked.delete(name);
  }

  get(name: string): readonly Slot[] | undefined {
    const known = this.#unpacked.get(name);
    const columns = this.#columns.get(name);
    if (columns === undefined) return undefined;
    const slots = known ?? unpack(columns);
    this.#unpacked.delete(name);
    this.#unpacked.set(name, slots);
    const [oldest] = this.#unpacked.keys();
    if (this.#unpacked.size > mostUnpacked && oldest !== undefined) this.#unpacked.delete(oldest);
    return slots;
  }

  total(name: string, point: PointId, period: Period): Total {
    const columns = this.#columns.get(name);
    return columns === undefined ? totalOf([], point, period) : totalIn(columns, point, period);
  }

  walk(name: string, look: (slot: Slot) => void): void {
    const columns = this.#columns.get(name);
    if (columns !== undefined) walk(columns, look);
  }

  hash(name: string): string {
    const columns = this.#columns.get(name);
    if (columns === undefined) return hashOfList([]);
    columns.hash ??= hashOf(columns);
    return columns.hash;
  }

  within(period: Period): PackedSlots {
    const part = new PackedSlots();
    for (const [name, columns] of this.#columns) part.#columns.set(name, cut(columns, period));
    return part;
  }

  get size(): number {
    return this.#columns.size;
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  keys(): MapIterator<string> {
    return this.#columns.keys();
  }

  *entries(): MapIterator<[string, readonly Slot[]]> {
    for (const name of this.#columns.keys()) yield [name, this.get(name) ?? []];
  }

  *values(): MapIterator<readonly Slot[]> {
    for (const [, slots] of this.entries()) yield slots;
  }

  [Symbol.iterator](): MapIterator<[string, readonly Slot[]]> {
    return this.entries();
  }

  forEach(look: (slots: readonly Slot[], name: string, all: SlotsByName) => void): void {
    for (const [name, slots] of this.entries()) look(slots, name, this);
  }
}
