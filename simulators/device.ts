// Owns a simulated Modbus device: the registers of its template, filled from the plant at the moment it is asked.
import { points as catalogue, fromSteps, type PointId, toSteps } from '../core/points.ts';
import { convert } from '../core/units.ts';
import { encodeRegisters, registerTypes } from '../gateway/modbus/registers.ts';
import type { RegisterPoint, RegisterTemplate } from '../gateway/template.ts';
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

const sunspecBase = 40_000;
const sunspecCommonLength = 66;

export class SimulatedDevice {
  readonly #template: RegisterTemplate;
  readonly #read: Readout;
  /** Where the template's points lie on the wire. */
  readonly points: readonly RegisterPoint[];
  readonly #fixed = new Map<number, number>();
  readonly #first: number;
  readonly #end: number;
  /** Registers that answer these words whatever the plant does. */
  readonly overrides = new Map<number, number>();

  constructor(template: RegisterTemplate, read: Readout) {
    this.#template = template;
    this.#read = read;
    this.points = template.protocol === 'sunspec' ? this.#layOutSunspec(template.sunspec.models) : template.points;
    const addresses = [
      ...this.#fixed.keys(),
      ...this.points.flatMap(({ address, type }) => [address, address + registerTypes[type] - 1]),
    ];
    this.#first = Math.min(...addresses);
    this.#end = Math.max(...addresses) + 1;
  }

  answer(address: number, count: number, time: number): Answer {
    if (count < 1 || count > 125) return { exception: exceptions.illegalValue };
    if (address < this.#first || address + count > this.#end) return { exception: exceptions.illegalAddress };
    const words = new Array<number>(count).fill(0);
    const put = (at: number, word: number) => {
      if (at >= address && at < address + count) words[at - address] = word;
    };
    for (const [at, word] of this.#fixed) put(at, word);
    for (const point of this.points) {
      const end = point.address + registerTypes[point.type];
      if (point.address >= address + count || end <= address) continue;
      for (const [index, word] of this.#encode(point, time).entries()) put(point.address + index, word);
    }
    for (const [at, word] of this.overrides) put(at, word);
    return { words };
  }

  #encode({ point, type, unit, scale, order = this.#template.order, sf }: RegisterPoint, time: number): number[] {
    const value = convert(fromSteps(toSteps(this.#read(point, time), point), point), catalogue[point].unit, unit);
    const exponent = sf === undefined ? 0 : (exponents[point] ?? 0);
    const raw = value / scale / 10 ** exponent;
    // Counters show what they have counted: they never round up to energy that has not flowed.
    const shown =
      type === 'float32' || type === 'float64'
        ? raw
        : catalogue[point].kind === 'counter'
          ? Math.floor(raw + 1e-6)
          : Math.round(raw);
    return encodeRegisters(shown, type, order);
  }

  #layOutSunspec(models: readonly number[]): RegisterPoint[] {
    const id = models.at(-1) ?? 103;
    const model = sunspecBase + 2 + 2 + sunspecCommonLength;
    const length = 50;
    const put = (address: number, ...words: number[]) => {
      for (const [index, word] of words.entries()) this.#fixed.set(address + index, word);
    };
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
