// Owns a simulated Modbus device: the registers of its template, filled from the plant at the moment it is asked.
import { points as catalogue, fromSteps, type PointId, toSteps } from '../core/points.ts';
import { convert } from '../core/units.ts';
import { encodeRegisters, registerTypes } from '../gateway/modbus/registers.ts';
import type { RegisterPoint, RegisterTemplate, SerialNumber } from '../gateway/template.ts';
import type { DeviceFaults } from './faults.ts';
import { type Answer, exceptions } from './modbus-server.ts';

export type Readout = (point: PointId, time: number) => number;

/** Powers of ten that a 1–2 MW inverter uses: 10 Wh, 100 W, 0.1 A, 0.1 V, 0.01 Hz. */
const exponents: Partial<Record<PointId, number>> = {
  energy_generated: 1,
  power: 2,
  current: -1,
  voltage_l1: -1,
  voltage_l2: -1,
  voltage_l3: -1,
  frequency: -2,
  temperature: -1,
};

/** What a device shows: its own registers, with what is wrong with it since when. */
export type Shown = DeviceFaults & { since: number };
const well: Shown = { since: 0 };

/** What a device of any protocol shows of a point, in the catalogue's unit. */
export function shownValue(read: Readout, point: PointId, time: number, { readings, counters, since }: Shown): number {
  const start = counters?.[point];
  const value =
    start === undefined ? (readings?.[point] ?? read(point, time)) : start + read(point, time) - read(point, since);
  return fromSteps(toSteps(value, point), point);
}

/** Counters show what they have counted: they never round up to energy that has not flowed. */
export const countedOrRounded = (steps: number, point: PointId): number =>
  catalogue[point].kind === 'counter' ? Math.floor(steps + 1e-6) : Math.round(steps);

const sunspecBase = 40_000;
const sunspecCommonLength = 66;

export class SimulatedDevice {
  readonly #template: RegisterTemplate;
  readonly #read: Readout;
  /** Where the template's points lie on the wire. */
  readonly points: readonly RegisterPoint[];
  readonly #serial: SerialNumber | undefined;
  readonly #fixed = new Map<number, number>();
  readonly #first: number;
  readonly #end: number;
  /** Registers that answer these words whatever the plant does. */
  readonly overrides = new Map<number, number>();

  constructor(template: RegisterTemplate, read: Readout) {
    this.#template = template;
    this.#read = read;
    this.#serial =
      template.protocol === 'sunspec'
        ? { address: sunspecBase + 2 + 50, registers: 16, type: 'text' }
        : template.serialNumber;
    this.points = template.protocol === 'sunspec' ? this.#layOutSunspec(template.sunspec.models) : template.points;
    // A simulated meter is connected directly.
    for (const { address, type, order = template.order, scale } of Object.values(template.ratios))
      this.#fix(address, encodeRegisters(1 / scale, type, order));
    if (this.#serial !== undefined) this.#fix(this.#serial.address, serialWords('7001', this.#serial));
    const addresses = [
      ...this.#fixed.keys(),
      ...this.points.flatMap(({ address, type }) => [address, address + registerTypes[type] - 1]),
    ];
    this.#first = Math.min(...addresses);
    this.#end = Math.max(...addresses) + 1;
  }

  answer(address: number, count: number, time: number, faults: Shown = well): Answer {
    if (count < 1 || count > 125) return { exception: exceptions.illegalValue };
    if (address < this.#first || address + count > this.#end) return { exception: exceptions.illegalAddress };
    const words = new Array<number>(count).fill(0);
    const put = (at: number, word: number) => {
      if (at >= address && at < address + count) words[at - address] = word;
    };
    for (const [at, word] of this.#fixed) put(at, word);
    const { serialNumber } = faults;
    if (serialNumber !== undefined && this.#serial !== undefined)
      for (const [index, word] of serialWords(serialNumber, this.#serial).entries())
        put(this.#serial.address + index, word);
    for (const point of this.points) {
      const end = point.address + registerTypes[point.type];
      const exponent = faults.exponents?.[point.point];
      if (exponent !== undefined && point.sf !== undefined) put(point.sf, exponent & 0xffff);
      if (point.address >= address + count || end <= address) continue;
      for (const [index, word] of this.#words(point, time, faults).entries()) put(point.address + index, word);
    }
    for (const [at, word] of this.overrides) put(at, word);
    return { words };
  }

  #words(point: RegisterPoint, time: number, faults: Shown): number[] {
    const words = this.#encode(point, time, faults);
    if (faults.torn === undefined) return words;
    const earlier = this.#encode(point, time - faults.torn, faults);
    const order = point.order ?? this.#template.order;
    const high = order === 'CDAB' || order === 'DCBA' ? words.length - 1 : 0;
    return words.map((word, index) => (words.length > 1 && index === high ? (earlier[index] as number) : word));
  }

  #encode(definition: RegisterPoint, time: number, faults: Shown): number[] {
    const { point, type, unit, scale, order = this.#template.order, sf, counter } = definition;
    if (faults.missing?.includes(point)) return encodeRegisters(sentinelOf(definition), type, order);
    const value = convert(shownValue(this.#read, point, time, faults), catalogue[point].unit, unit);
    const told = faults.exponents?.[point];
    // An exponent that no device may have says nothing about the number beside it.
    const exponent = sf === undefined ? 0 : told !== undefined && Math.abs(told) <= 10 ? told : (exponents[point] ?? 0);
    const raw = value / scale / 10 ** exponent;
    const shown = type === 'float32' || type === 'float64' ? raw : countedOrRounded(raw, point);
    const modulus = counter?.modulus ?? Number.POSITIVE_INFINITY;
    return encodeRegisters(shown >= modulus ? shown % modulus : shown, type, order);
  }

  #fix(address: number, words: readonly number[]): void {
    for (const [index, word] of words.entries()) this.#fixed.set(address + index, word);
  }

  #layOutSunspec(models: readonly number[]): RegisterPoint[] {
    const id = models.at(-1) ?? 103;
    const model = sunspecBase + 2 + 2 + sunspecCommonLength;
    const length = Math.max(
      50,
      ...this.#template.points.map(({ address, type, sf = 0 }) => Math.max(address + registerTypes[type], sf + 1) - 2),
    );
    const put = (address: number, ...words: number[]) => this.#fix(address, words);
    put(sunspecBase, 0x5375, 0x6e53, 1, sunspecCommonLength);
    put(model, id, length);
    put(model + 2 + length, 0xffff, 0);
    return this.#template.points.map((point) => {
      if (point.sf === undefined) return { ...point, address: model + point.address };
      put(model + point.sf, (exponents[point.point] ?? 0) & 0xffff);
      return { ...point, address: model + point.address, sf: model + point.sf };
    });
  }
}

function sentinelOf({ point, type, notAvailable }: RegisterPoint): number {
  const [sentinel = type.startsWith('float') ? Number.NaN : undefined] = notAvailable;
  if (sentinel === undefined) throw new Error(`the template says nothing about how ${point} is missing`);
  return sentinel;
}

function serialWords(text: string, { registers, type }: SerialNumber): number[] {
  if (type === 'uint32') return encodeRegisters(Number(text), type, 'ABCD');
  const bytes = Buffer.alloc(2 * registers);
  bytes.write(text, 'latin1');
  return Array.from({ length: registers }, (_, index) => bytes.readUInt16BE(2 * index));
}
