// Owns what can be wrong with a simulated device or its wire: one description for all protocols, switched while a server runs.
import type { PointId } from '../core/points.ts';

/** What is wrong with the device itself: with what its registers show. */
export type DeviceFaults = {
  /** Counters go on from here, in the catalogue's unit: 0 is a restart, a number just below the modulus a rollover to come. */
  counters?: Partial<Record<PointId, number>>;
  /** Points that show this whatever happens: a spike, a stuck register. In the catalogue's unit. */
  readings?: Partial<Record<PointId, number>>;
  /** Points that show the words by which the device says that it has no such value. */
  missing?: readonly PointId[];
  /** Scale factors that the device changes to, or cannot have. */
  exponents?: Partial<Record<PointId, number>>;
  /** Values of several registers are torn: the high word is of the update that was this many milliseconds earlier. */
  torn?: number;
  /** Another device with this serial number stands in its place. */
  serialNumber?: string;
};

/** What is wrong with how a unit answers. */
export type AnswerFaults = {
  /** No answer. */
  silent?: boolean;
  /** Milliseconds by which answers are late. */
  delay?: number;
  /** The unit or address that stands in the answer. */
  answersAs?: number | string;
  /** Every read is answered with this exception; of DL/T 645 its error byte, of CJ/T 188 its state. */
  exception?: number;
  /** Data identifiers that the device does not have. */
  lacks?: readonly string[];
  /** The data identifier that stands in the answer. */
  identifiesAs?: string;
  /** The values come in this many frames, where the protocol knows follow-up frames. */
  frames?: number;
  /** Closed ranges of registers that do not exist: a read that touches one is refused with exception 2. */
  holes?: readonly (readonly [number, number])[];
  /** Registers that answer these words whatever the device says. */
  words?: Readonly<Record<number, number>>;
  /** Nothing moves any more: every read shows the moment in which this was switched on. */
  frozen?: boolean;
  /** Random bytes instead of the answer. */
  garbage?: boolean;
  /** The answer comes in this many pieces. */
  pieces?: number;
  /** Share of the answers in which one bit is turned. */
  bitErrors?: number;
};

export type UnitFaults = DeviceFaults & AnswerFaults;

/** Since when, in the server's time: a counter that goes on, and a frozen device, start there. */
export type ActiveFaults = UnitFaults & { since: number };

/** What is wrong with the server's connections. */
export type ConnectionFaults = {
  /** Connections stay, nothing that comes is read: a peer that went away without a word. */
  deaf?: boolean;
  /** More connections than this are closed at once. */
  most?: number;
};

const none: ActiveFaults = { since: 0 };

export class Faults {
  readonly #units = new Map<number | string, { faults: ActiveFaults; left: number }>();
  readonly #now: () => number;
  #connections: ConnectionFaults = {};
  /** For the server: what holds for its connections has changed. */
  onConnections: () => void = () => undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on, in place of whatever was set before; `answers`: only for so many requests. */
  set(unit: number | string, faults: UnitFaults, { answers = Number.POSITIVE_INFINITY } = {}): void {
    this.#units.set(unit, { faults: { ...faults, since: this.#now() }, left: answers });
  }

  /** One unit, or everything, is well again. */
  clear(unit?: number | string): void {
    if (unit !== undefined) {
      this.#units.delete(unit);
      return;
    }
    this.#units.clear();
    this.connections = {};
  }

  get connections(): ConnectionFaults {
    return this.#connections;
  }

  set connections(faults: ConnectionFaults) {
    this.#connections = faults;
    this.onConnections();
  }

  /** What holds for the request that has just come. */
  take(unit: number | string): ActiveFaults {
    const active = this.#units.get(unit);
    if (active === undefined) return none;
    active.left--;
    if (active.left <= 0) this.#units.delete(unit);
    return active.faults;
  }
}

/** What becomes of a right frame on its way. */
export function spoil(frame: Buffer, { garbage, bitErrors = 0, pieces = 1 }: AnswerFaults, random: () => number) {
  const bytes = garbage ? Buffer.from(frame.map(() => Math.floor(random() * 256))) : Buffer.from(frame);
  if (random() < bitErrors) {
    const bit = Math.floor(random() * bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }
  const size = Math.ceil(bytes.length / pieces);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
