// Owns reading one Modbus meter: its template's points in planned blocks, stamped when the answer comes.
import type { Clock } from '../../core/clock.ts';
import { points as catalogue } from '../../core/points.ts';
import { qualityCode } from '../../core/quality.ts';
import type { Sample, SeriesFacts } from '../../core/sample.ts';
import { convert } from '../../core/units.ts';
import type { PollClass, Source } from '../source.ts';
import type { RegisterPoint, Template } from '../template.ts';
import { BusFault, type ModbusBus, qualityOfFailure } from './bus.ts';
import { decodeBlock, failed, type Reading } from './decode.ts';
import { type Block, planReads } from './read-plan.ts';
import { decodeRegisters } from './registers.ts';
import { discoverModels, placePoints } from './sunspec.ts';

export type ModbusMeter = {
  meter: string;
  unit: number;
  template: Template;
  bus: ModbusBus;
  clock: Clock;
  /** Called when the device has told something that changes its facts. */
  onFacts?: () => void;
};

export class ModbusSource implements Source {
  readonly meter: string;
  fault: BusFault | undefined;
  readonly #device: ModbusMeter;
  #plans: Record<PollClass, Block[]> | undefined;
  /** Powers of ten last seen: they turn a raw modulus into the point's unit. */
  readonly #exponents = new Map<string, number>();

  constructor(device: ModbusMeter) {
    this.meter = device.meter;
    this.#device = device;
    if (device.template.protocol === 'modbus') this.#plans = this.#plan(device.template.points);
  }

  facts(): SeriesFacts[] {
    const { template, unit, bus, meter } = this.#device;
    return template.points.map((definition) => {
      const { point, counter, scale, address } = definition;
      const exponent = definition.sf === undefined ? 0 : this.#exponents.get(point);
      const unitOfPoint = catalogue[point].unit;
      const modulus =
        counter?.modulus == null || exponent === undefined
          ? null
          : convert(counter.modulus * scale * 10 ** exponent, definition.unit, unitOfPoint);
      return {
        meter,
        point,
        template: template.id,
        modulus,
        maxPerHour: counter === undefined ? null : convert(counter.maxPerHour, definition.unit, unitOfPoint),
        source: `${bus.endpoint} unit ${unit} ${template.protocol === 'sunspec' ? 'model offset' : 'register'} ${address}`,
      };
    });
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    const { clock, template } = this.#device;
    try {
      this.#plans ??= this.#plan(await this.#discover());
    } catch (error) {
      if (!(error instanceof BusFault)) throw error;
      this.fault = error;
      const quality = qualityCode(qualityOfFailure[error.failure]);
      const due = template.points.filter(({ poll }) => poll === pollClass);
      return this.#stamp(
        due.map(({ point }) => ({ point, value: null, quality })),
        clock.now(),
      );
    }
    const samples: Sample[] = [];
    let lost: BusFault | undefined;
    this.fault = undefined;
    for (const block of this.#plans[pollClass]) {
      // A device that did not answer one block is not asked for the next: its bus has others to serve.
      const answer = lost ?? (await this.#readBlock(block));
      if (answer instanceof BusFault && answer.failure !== 'exception') lost = answer;
      if (answer instanceof BusFault) this.fault = answer;
      const readings = answer instanceof BusFault ? failed(block, qualityOfFailure[answer.failure]) : answer;
      samples.push(...this.#stamp(readings, clock.now()));
    }
    return samples;
  }

  async #readBlock(block: Block): Promise<Reading[] | BusFault> {
    const { bus, unit, template } = this.#device;
    let words: number[];
    try {
      words = await bus.read(unit, block.fc, block.address, block.count);
    } catch (error) {
      if (error instanceof BusFault) return error;
      throw error;
    }
    this.#learnExponents(words, block);
    return decodeBlock(words, block, template);
  }

  #learnExponents(words: readonly number[], block: Block): void {
    for (const { point, sf, counter } of block.points) {
      if (sf === undefined || counter === undefined) continue;
      const exponent = decodeRegisters(words, sf - block.address, 'sunssf', 'ABCD');
      if (this.#exponents.get(point) === exponent) continue;
      this.#exponents.set(point, exponent);
      this.#device.onFacts?.();
    }
  }

  async #discover(): Promise<RegisterPoint[]> {
    const { bus, unit, template } = this.#device;
    const placed = placePoints(template, await discoverModels(bus, unit));
    if (placed !== undefined) return placed;
    const wanted = template.sunspec?.models.join(', ');
    throw new BusFault(
      'framing',
      `设备没有 SunSpec 模型 ${wanted}`,
      `the device has none of the SunSpec models ${wanted}`,
    );
  }

  #plan(points: readonly RegisterPoint[]): Record<PollClass, Block[]> {
    const planFor = (pollClass: PollClass) =>
      planReads(
        points.filter(({ poll }) => poll === pollClass),
        this.#device.template,
      );
    return { fast: planFor('fast'), slow: planFor('slow') };
  }

  #stamp(readings: readonly Reading[], time: number): Sample[] {
    return readings.map((reading) => ({ meter: this.meter, time, ...reading }));
  }
}
