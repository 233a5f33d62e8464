// Owns the columns in which rows travel to DuckDB: typed arrays that move between threads without a copy.
import { monthOf, periodOf } from './months.ts';

/** A column of a chunk; int64 columns take whole numbers up to 2^53. */
export type ColumnType = 'int32' | 'int64' | 'float64' | 'uint8';

export const bytesOf: Record<ColumnType, number> = { int32: 4, int64: 8, float64: 8, uint8: 1 };

export type Rows = { types: ColumnType[]; count: number; columns: ArrayBuffer[]; valid: (ArrayBuffer | null)[] };

const word = 2 ** 32;

export class RowWriter {
  readonly #types: ColumnType[];
  #capacity: number;
  #views: (Int32Array | Float64Array | Uint8Array)[];
  #valid: (Uint8Array | null)[];
  count = 0;

  constructor(types: ColumnType[], capacity = 1_024) {
    this.#types = types;
    this.#capacity = capacity;
    this.#views = types.map((type) => viewOf(type, new ArrayBuffer(capacity * bytesOf[type])));
    this.#valid = types.map(() => null);
  }

  push(...values: (number | null)[]): void {
    if (this.count === this.#capacity) this.#grow();
    for (let column = 0; column < values.length; column++) this.#set(column, values[column] as number | null);
    this.count++;
  }

  #set(column: number, value: number | null): void {
    const view = this.#views[column] as Int32Array | Float64Array | Uint8Array;
    if (value === null) {
      this.#setNull(column);
    } else if (this.#types[column] === 'int64') {
      // Two halves instead of a BigInt: five times faster, and exact up to 2^53.
      const high = Math.floor(value / word);
      view[2 * this.count] = (value - high * word) | 0;
      view[2 * this.count + 1] = high;
    } else {
      view[this.count] = value;
    }
  }

  #setNull(column: number): void {
    this.#valid[column] ??= new Uint8Array(validityBytes(this.#capacity)).fill(0xff);
    const bits = this.#valid[column] as Uint8Array;
    bits[this.count >> 3] = (bits[this.count >> 3] as number) & ~(1 << (this.count & 7));
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#views = this.#views.map((view, column) => {
      const type = this.#types[column] as ColumnType;
      const wider = viewOf(type, new ArrayBuffer(this.#capacity * bytesOf[type]));
      wider.set(view as never);
      return wider;
    });
    this.#valid = this.#valid.map((bits) => {
      if (bits === null) return null;
      const wider = new Uint8Array(validityBytes(this.#capacity)).fill(0xff);
      wider.set(bits);
      return wider;
    });
  }

  /** Gives the buffers away: the writer is of no use afterwards. */
  take(): Rows {
    return {
      types: this.#types,
      count: this.count,
      columns: this.#views.map((view) => view.buffer as ArrayBuffer),
      valid: this.#valid.map((bits) => (bits === null ? null : (bits.buffer as ArrayBuffer))),
    };
  }
}

/** Readings of a month, as `sid, ts, v, q`: what every commit makes has a writer that knows its columns. */
class ReadingWriter {
  #sid: Int32Array<ArrayBuffer>;
  #time: Int32Array<ArrayBuffer>;
  #steps: Int32Array<ArrayBuffer>;
  #quality: Uint8Array<ArrayBuffer>;
  /** Which values are there, bit by bit; none of it while all of them are. */
  #valid: Uint8Array<ArrayBuffer> | undefined;
  count = 0;

  constructor(capacity: number) {
    this.#sid = new Int32Array(capacity);
    this.#time = new Int32Array(2 * capacity);
    this.#steps = new Int32Array(2 * capacity);
    this.#quality = new Uint8Array(capacity);
  }

  push(sid: number, time: number, steps: number | null, quality: number): void {
    const at = this.count;
    if (at === this.#sid.length) this.#grow();
    this.#sid[at] = sid;
    const high = Math.floor(time / word);
    this.#time[2 * at] = (time - high * word) | 0;
    this.#time[2 * at + 1] = high;
    if (steps === null) {
      this.#valid ??= allValid(this.#sid.length);
      this.#valid[at >> 3] = (this.#valid[at >> 3] as number) & ~(1 << (at & 7));
    } else {
      const highSteps = Math.floor(steps / word);
      this.#steps[2 * at] = (steps - highSteps * word) | 0;
      this.#steps[2 * at + 1] = highSteps;
    }
    this.#quality[at] = quality;
    this.count = at + 1;
  }

  #grow(): void {
    const capacity = 2 * this.#sid.length;
    this.#sid = filled(new Int32Array(capacity), this.#sid);
    this.#time = filled(new Int32Array(2 * capacity), this.#time);
    this.#steps = filled(new Int32Array(2 * capacity), this.#steps);
    this.#quality = filled(new Uint8Array(capacity), this.#quality);
    if (this.#valid !== undefined) this.#valid = filled(allValid(capacity), this.#valid);
  }

  take(): Rows {
    return {
      types: ['int32', 'int64', 'int64', 'uint8'],
      count: this.count,
      columns: [this.#sid.buffer, this.#time.buffer, this.#steps.buffer, this.#quality.buffer],
      valid: [null, null, this.#valid?.buffer ?? null, null],
    };
  }
}

const allValid = (rows: number) => new Uint8Array(validityBytes(rows)).fill(0xff);

function filled<T extends Int32Array | Uint8Array>(wider: T, from: T): T {
  wider.set(from);
  return wider;
}

/** Readings on their way into the tables of their months. */
export class RowsByMonth {
  readonly #writers = new Map<string, ReadingWriter>();
  readonly #expected: number;
  #current: ReadingWriter;
  #start = 0;
  #end = 0;

  /** `expected`: how many there will be, nearly always all of one month. */
  constructor(expected: number) {
    this.#expected = Math.max(1, expected);
    this.#current = new ReadingWriter(0);
  }

  push(sid: number, time: number, steps: number | null, quality: number): void {
    if (time < this.#start || time >= this.#end) this.#turnTo(time);
    this.#current.push(sid, time, steps, quality);
  }

  #turnTo(time: number): void {
    const month = monthOf(time);
    this.#current = this.#writers.get(month) ?? new ReadingWriter(this.#writers.size === 0 ? this.#expected : 4_096);
    this.#writers.set(month, this.#current);
    ({ start: this.#start, end: this.#end } = periodOf(month));
  }

  get samples(): number {
    return [...this.#writers.values()].reduce((sum, { count }) => sum + count, 0);
  }

  take(): { month: string; rows: Rows }[] {
    return [...this.#writers].map(([month, writer]) => ({ month, rows: writer.take() }));
  }
}

export const buffersOf = (rows: Rows): ArrayBuffer[] => [
  ...rows.columns,
  ...rows.valid.filter((bits) => bits !== null),
];

/** DuckDB's validity mask is made of 64-bit words. */
export const validityBytes = (rows: number): number => Math.ceil(rows / 64) * 8;

function viewOf(type: ColumnType, buffer: ArrayBuffer): Int32Array | Float64Array | Uint8Array {
  if (type === 'float64') return new Float64Array(buffer);
  return type === 'uint8' ? new Uint8Array(buffer) : new Int32Array(buffer);
}
