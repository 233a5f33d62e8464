// Owns the virtual plant: energies that add up exactly at every moment, as a function of time and seed alone.
import { Calendar, hour } from '../core/calendar.ts';
import { points as catalogue, type PointId } from '../core/points.ts';
import { drift, hashOf } from './noise.ts';
import type { PlantDescription } from './plant-schema.ts';
import { momentAt, rateOf } from './rates.ts';

/** Amounts are whole numbers of these: 1 Wh, 1 L of gas, 10 kJ of heat. */
const stepsPerUnit = { electricity: 1_000, generation: 1_000, gas: 1_000, heat: 100_000 } as const;

type Series = { amounts: number[]; sums: number[] };

export class Plant {
  readonly start: number;
  readonly description: PlantDescription;
  readonly #calendar: Calendar;
  readonly #step: number;
  /** Per signal, and for the grid's two directions: the amount of each step, and the sum before it. */
  readonly #series = new Map<string, Series>();
  #known = 0;

  constructor(description: PlantDescription, zone: string) {
    this.description = description;
    this.#calendar = new Calendar(zone);
    const [year = 0, month = 1, date = 1] = description.start.split('-').map(Number);
    this.start = this.#calendar.startOf(year, month, date);
    this.#step = description.step;
    for (const name of [...description.signals.map(({ id }) => id), 'grid-import', 'grid-export'])
      this.#series.set(name, { amounts: [], sums: [0] });
  }

  /** What a meter shows at a moment: energy since the beginning of time, or the rate of the moment, in the point's unit. */
  reading(meter: string, point: PointId, time: number): number {
    const swap = this.description.swaps.findLast((one) => one.meter === meter && time >= one.at);
    if (swap !== undefined && catalogue[point].kind === 'counter')
      return swap.shows + this.#shown(meter, point, time) - this.#shown(meter, point, swap.at);
    return this.#shown(meter, point, time);
  }

  /** As if its meter had stood there since the beginning. */
  #shown(meter: string, point: PointId, time: number): number {
    const measures = this.description.meters[meter];
    if (measures === undefined) throw new Error(`the plant has no meter ${meter}`);
    const first = this.description.firstReadings[meter] ?? 0;
    const [forward, backward] = measures === 'grid' ? [['grid-import'], ['grid-export']] : [measures, []];
    switch (point) {
      case 'energy_import':
      case 'energy_generated':
      case 'gas_volume':
      case 'heat_energy':
        return first + this.#sum(forward, time) / this.#unitOf(measures);
      case 'energy_export':
        return first / 10 + this.#sum(backward, time) / this.#unitOf(measures);
      case 'power':
      case 'gas_flow':
        return this.#rate(forward, time) - this.#rate(backward, time);
      case 'heat_power':
        return (this.#rate(forward, time) * 1_000_000) / 3_600; // GJ/h to kW
      case 'voltage_l1':
      case 'voltage_l2':
      case 'voltage_l3':
        return (
          230 + 3 * drift(hashOf(`${meter}${point}`), time / 1_000, 40) + drift(hashOf(meter), time / 1_000, 3_600)
        );
      case 'current_l1':
      case 'current_l2':
      case 'current_l3':
        return Math.abs(this.#rate(forward, time) - this.#rate(backward, time)) / (3 * 0.23 * 0.93);
      case 'frequency':
        return 50 + 0.03 * drift(1, time / 1_000, 25);
      case 'power_factor':
        return 0.93 + 0.03 * drift(hashOf(`${meter}pf`), time / 1_000, 300);
      case 'temperature':
        return 35 + 15 * Math.min(1, this.#rate(forward, time) / 500);
      case 'device_state':
        return this.#rate(forward, time) > 0 ? 4 : 2;
      default:
        return 0;
    }
  }

  #unitOf(measures: 'grid' | string[]): number {
    const kind =
      measures === 'grid' ? 'electricity' : this.description.signals.find(({ id }) => id === measures[0])?.kind;
    return stepsPerUnit[kind ?? 'electricity'];
  }

  /** The amount of some signals from the plant's start to a moment. */
  #sum(names: readonly string[], time: number): number {
    if (time <= this.start) return 0;
    const index = Math.floor((time - this.start) / this.#step);
    const within = (time - this.start) / this.#step - index;
    this.#know(index);
    const shape = within + (this.description.swing * (1 - Math.cos(2 * Math.PI * within))) / (2 * Math.PI);
    let sum = 0;
    for (const name of names) {
      const { amounts, sums } = this.#series.get(name) as Series;
      sum += (sums[index] as number) + Math.round((amounts[index] as number) * shape);
    }
    return sum;
  }

  /** The slope of #sum, per hour and in the meter's unit. */
  #rate(names: readonly string[], time: number): number {
    if (time < this.start) return 0;
    const index = Math.floor((time - this.start) / this.#step);
    const within = (time - this.start) / this.#step - index;
    this.#know(index);
    const slope = (1 + this.description.swing * Math.sin(2 * Math.PI * within)) * (hour / this.#step);
    return names.reduce((rate, name) => {
      const signal = this.description.signals.find(({ id }) => id === name);
      return (
        rate +
        (((this.#series.get(name) as Series).amounts[index] as number) * slope) /
          stepsPerUnit[signal?.kind ?? 'electricity']
      );
    }, 0);
  }

  #know(index: number): void {
    for (; this.#known <= index; this.#known++) {
      let net = 0;
      const time = this.start + this.#known * this.#step;
      const moment = momentAt(time, this.#known, this.description, this.#calendar, this.start);
      for (const signal of this.description.signals) {
        const rate = rateOf(signal, moment, this.description.seed);
        const amount = Math.max(0, Math.round((rate * this.#step * stepsPerUnit[signal.kind]) / hour));
        this.#append(signal.id, amount);
        if (signal.kind === 'electricity') net += amount;
        if (signal.kind === 'generation') net -= amount;
      }
      this.#append('grid-import', Math.max(0, net));
      this.#append('grid-export', Math.max(0, -net));
    }
  }

  #append(name: string, amount: number): void {
    const { amounts, sums } = this.#series.get(name) as Series;
    amounts.push(amount);
    sums.push((sums.at(-1) as number) + amount);
  }
}
