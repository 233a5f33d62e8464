// Owns reading a device once with a template, raw words beside the values. A protocol adds its reader here.
import type { Clock } from '../../core/clock.ts';
import type { PointId } from '../../core/points.ts';
import { type Quality, qualityOf } from '../../core/quality.ts';
import { LineFault } from '../line/line-fault.ts';
import { Memory } from '../memory.ts';
import { BlockReader } from '../modbus/block-reader.ts';
import type { ModbusBus } from '../modbus/bus.ts';
import type { Ratios } from '../modbus/decode.ts';
import { findPoints, readRatios } from '../modbus/modbus-source.ts';
import { registerTypes } from '../modbus/registers.ts';
import { derive, type Reading } from '../reading.ts';
import { pollClasses } from '../source.ts';
import type { RegisterPoint, RegisterTemplate, Template } from '../template.ts';
import { cjt188Reader, dlt645Reader } from './meter-reader.ts';

export type LivePoint = {
  point: PointId;
  value: number | null;
  quality: Quality;
  /** Where it was read: a register, an identifier; empty for a sum. */
  place: string;
  /** What came on the wire, in hexadecimal; undefined where nothing came. */
  raw: string | undefined;
  unverified: boolean;
};

export type DeviceReader = {
  /** Of a meter that has one: known at the latest when it was read. */
  readonly address?: string | undefined;
  /** Rejects with a LineFault when the device as a whole cannot be read. */
  read(): Promise<LivePoint[]>;
};

/** Which device on the line is meant. */
export type Target = { bus: ModbusBus; unit: number; address?: string | undefined; timeout: number; clock: Clock };

export function readerOf(template: Template, { bus, unit, address, timeout, clock }: Target): DeviceReader {
  const meter = { line: bus.line, address, timeout, clock };
  switch (template.protocol) {
    case 'modbus':
    case 'sunspec':
      return new RegisterReader(template, bus, unit, clock);
    case 'dlt645':
      return dlt645Reader(template, meter);
    case 'cjt188':
      return cjt188Reader(template, meter);
  }
}

class RegisterReader implements DeviceReader {
  readonly #template: RegisterTemplate;
  readonly #bus: ModbusBus;
  readonly #unit: number;
  readonly #clock: Clock;
  #reader: BlockReader | undefined;
  #ratios: Ratios | undefined;
  #placed: readonly RegisterPoint[] = [];

  constructor(template: RegisterTemplate, bus: ModbusBus, unit: number, clock: Clock) {
    this.#template = template;
    this.#bus = bus;
    this.#unit = unit;
    this.#clock = clock;
  }

  async read(): Promise<LivePoint[]> {
    const reader = await this.#meet();
    const read = new Map<PointId, LivePoint>();
    const readings: Reading[] = [];
    for (const pollClass of pollClasses) {
      for (const { block, words, readings: some } of await reader.read(pollClass, this.#ratios ?? {})) {
        if (reader.fault !== undefined) throw reader.fault;
        readings.push(...some);
        for (const [index, definition] of block.points.entries()) {
          const reading = some[index];
          if (reading !== undefined) read.set(definition.point, this.#live(reading, definition, block.address, words));
        }
      }
    }
    const sums = derive(readings, this.#template.derived).map((reading) => ({
      ...{ point: reading.point, value: reading.value, quality: qualityOf(reading.quality) ?? 'bad_decode' },
      ...{ place: '', raw: undefined, unverified: this.#template.unverified },
    }));
    return [...this.#placed.flatMap(({ point }) => read.get(point) ?? []), ...sums];
  }

  async #meet(): Promise<BlockReader> {
    const { clock, template, bus, unit } = {
      clock: this.#clock,
      template: this.#template,
      bus: this.#bus,
      unit: this.#unit,
    };
    if (this.#reader === undefined) {
      ({ points: this.#placed } = await findPoints(bus, unit, template));
      const memory = new Memory();
      this.#reader = new BlockReader({ meter: '', unit, template, bus, clock, memory }, this.#placed);
    }
    this.#ratios ??= await readRatios(bus, unit, template);
    return this.#reader;
  }

  #live(reading: Reading, definition: RegisterPoint, base: number, words: readonly number[] | undefined): LivePoint {
    const { point, address, type, sf, unverified, fc = this.#template.fc } = definition;
    const hexAt = (at: number, count: number) =>
      words
        ?.slice(at - base, at - base + count)
        .map(hexWord)
        .join(' ');
    const factor = sf === undefined || words === undefined ? '' : ` ^${hexAt(sf, 1)}`;
    const raw = words === undefined ? undefined : `${hexAt(address, registerTypes[type])}${factor}`;
    return {
      ...{ point, value: reading.value, quality: qualityOf(reading.quality) ?? 'bad_decode' },
      ...{ place: `${fc}:${address}`, raw, unverified: unverified || this.#template.unverified },
    };
  }
}

export const hexWord = (word: number): string => word.toString(16).toUpperCase().padStart(4, '0');

/** What keeps a device from being read, with anything else thrown on. */
export function lineFaultOf(error: unknown): LineFault {
  if (error instanceof LineFault) return error;
  throw error;
}
