// Owns a year of slots held small: columns of numbers, made into slots when somebody looks at a series.
import { emptySlot, type Slot } from '../core/slots.ts';

/** Without extremes: those are a gauge's, and what an account reads are counters. */
type Columns = {
  start: Float64Array;
  value: Float64Array;
  estimated: Float64Array;
  covered: Float64Array;
  quality: Uint16Array;
  marks: Uint16Array;
  readings: Uint32Array;
};

/** Enough for the series that are read against each other; a small plant is unpacked once. */
const mostUnpacked = 24;

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
  };
  for (const [index, slot] of slots.entries())
    for (const name of Object.keys(columns) as (keyof Columns)[]) columns[name][index] = slot[name];
  return columns;
}

function unpack({ start, value, estimated, covered, quality, marks, readings }: Columns): Slot[] {
  const slots = Array.from(start, emptySlot);
  for (const [index, slot] of slots.entries()) {
    slot.value = value[index] ?? 0;
    slot.estimated = estimated[index] ?? 0;
    slot.covered = covered[index] ?? 0;
    slot.quality = quality[index] ?? 0;
    slot.marks = marks[index] ?? 0;
    slot.readings = readings[index] ?? 0;
  }
  return slots;
}

/** A thousand meters' year is 35 million slots: as objects they would not fit into a process. */
export class PackedSlots implements ReadonlyMap<string, readonly Slot[]> {
  readonly #columns = new Map<string, Columns>();
  readonly #unpacked = new Map<string, readonly Slot[]>();

  add(name: string, slots: readonly Slot[]): void {
    this.#columns.set(name, pack(slots));
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

  forEach(look: (slots: readonly Slot[], name: string, all: ReadonlyMap<string, readonly Slot[]>) => void): void {
    for (const [name, slots] of this.entries()) look(slots, name, this);
  }
}
