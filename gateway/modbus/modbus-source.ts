// Owns one Modbus meter: meets it, reads its points in planned blocks, doubts what cannot be, stamps when the answer comes.
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { points as catalogue, type PointId } from '../../core/points.ts';
import { qualityCode } from '../../core/quality.ts';
import type { Installation, Sample, SeriesFacts } from '../../core/sample.ts';
import { convert } from '../../core/units.ts';
import { LineFault, qualityOfFailure } from '../line/line-fault.ts';
import type { Memory } from '../memory.ts';
import { CounterWatch, derive, factsOf, failedReadings, type Reading } from '../reading.ts';
import type { PollClass, PolledSource } from '../source.ts';
import type { RegisterPoint, RegisterTemplate, SerialNumber } from '../template.ts';
import { type BlockAnswer, BlockReader } from './block-reader.ts';
import type { ModbusBus } from './bus.ts';
import { decodeReading, decodeSerial, type Ratios } from './decode.ts';
import { decodeRegisters, registerTypes } from './registers.ts';
import { discoverModels, placePoints, serialNumberIn } from './sunspec.ts';

export type ModbusMeter = {
  meter: string;
  unit: number;
  template: RegisterTemplate;
  bus: ModbusBus;
  clock: Clock;
  memory: Memory;
  log?: Log;
  /** Called when the device has told something that changes its facts. */
  onFacts?: () => void;
};

const ratiosAreReadEvery = 3_600_000;

export class ModbusSource implements PolledSource {
  readonly meter: string;
  fault: LineFault | undefined;
  readonly #device: ModbusMeter;
  readonly #watch = new CounterWatch();
  /** The most that each counter can count in an hour, in the catalogue's unit. */
  readonly #limits: ReadonlyMap<PointId, number>;
  /** Powers of ten last seen: they turn a raw modulus into the point's unit. */
  readonly #exponents = new Map<string, number>();
  #reader: BlockReader | undefined;
  #ratios: Ratios = {};
  #ratiosReadAt = Number.NEGATIVE_INFINITY;
  #serialNumber: SerialNumber | undefined;
  #installations: readonly Installation[];

  constructor(device: ModbusMeter) {
    this.meter = device.meter;
    this.#device = device;
    this.#limits = new Map(
      device.template.points.flatMap(({ point, counter, unit }) =>
        counter === undefined ? [] : [[point, convert(counter.maxPerHour, unit, catalogue[point].unit)]],
      ),
    );
    this.#serialNumber = device.template.serialNumber;
    this.#installations = device.memory.of(device.meter, device.template.id).installations;
  }

  facts(): SeriesFacts[] {
    const { template, unit, bus, meter } = this.#device;
    const what = template.protocol === 'sunspec' ? 'model offset' : 'register';
    return template.points.map((definition) => {
      const exponent = definition.sf === undefined ? 0 : this.#exponents.get(definition.point);
      return factsOf(meter, template, definition, {
        source: `${bus.endpoint} unit ${unit} ${what} ${definition.address}`,
        installations: this.#installations,
        rawUnit: exponent === undefined ? undefined : definition.scale * 10 ** exponent,
      });
    });
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    const { clock, template } = this.#device;
    // Kept for this read: the other speed may meet the device anew meanwhile.
    let reader = this.#reader;
    try {
      if (reader === undefined) {
        reader = await this.#meet();
        this.#reader = reader;
      }
      // A device that was away may be another one when it is back.
      else if (this.fault !== undefined) await this.#identify();
      await this.#readRatios();
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      this.fault = error;
      const due = template.points.filter(({ poll }) => poll === pollClass);
      return this.#stamp(failedReadings(due, qualityOfFailure[error.failure]), clock.now());
    }
    const samples: Sample[] = [];
    const readings: Reading[] = [];
    for (const answer of await reader.read(pollClass, this.#ratios)) {
      const sure = await this.#makeSure(reader, answer);
      for (const { readings: some, time } of sure) samples.push(...this.#stamp(some, time));
      readings.push(...(sure.at(-1)?.readings ?? []));
      this.#learnExponents(answer);
    }
    this.fault = reader.fault;
    if (this.fault !== undefined && template.protocol === 'sunspec' && this.#reader === reader)
      this.#reader = undefined;
    samples.push(...this.#stamp(derive(readings, template.derived), clock.now()));
    return samples;
  }

  /** A counter that cannot be right is asked once more: what the second answer does not confirm counts in no total. */
  async #makeSure(reader: BlockReader, answer: BlockAnswer): Promise<BlockAnswer[]> {
    const counters = answer.readings.filter(({ point }) => this.#limits.has(point));
    const doubtful = counters.filter((reading) =>
      this.#watch.isDoubtful(reading, answer.time, this.#limits.get(reading.point)),
    );
    const settle = (final: BlockAnswer) => {
      for (const reading of final.readings)
        if (this.#limits.has(reading.point)) this.#watch.accept(reading, final.time);
    };
    if (doubtful.length === 0) {
      settle(answer);
      return [answer];
    }
    const second = await reader.readAgain(answer.block, this.#ratios);
    const confirmed = (reading: Reading) => {
      const again = second.readings.find(({ point }) => point === reading.point)?.value;
      const limit = this.#limits.get(reading.point) ?? 0;
      return again != null && reading.value !== null && again >= reading.value && again - reading.value <= limit / 60;
    };
    settle(second);
    const spike = qualityCode('uncertain_spike');
    const first = answer.readings.map((reading) =>
      doubtful.includes(reading) && !confirmed(reading) ? { ...reading, quality: spike } : reading,
    );
    return [{ ...answer, readings: first }, second];
  }

  async #meet(): Promise<BlockReader> {
    const { bus, unit, template, clock, memory, meter } = this.#device;
    const { points, serialNumber } = await findPoints(bus, unit, template);
    this.#serialNumber = serialNumber;
    await this.#identify();
    return new BlockReader({ meter, unit, template, bus, clock, memory }, points);
  }

  async #identify(): Promise<void> {
    const { bus, unit, template, clock, memory, meter, log, onFacts } = this.#device;
    if (this.#serialNumber === undefined) return;
    const { address, registers, fc = template.fc } = this.#serialNumber;
    let serial = '';
    try {
      serial = decodeSerial(await bus.read(unit, fc, address, registers), this.#serialNumber, template);
    } catch (error) {
      // Older firmware has no such register: the meter can be read all the same, only its replacement goes unseen.
      if (!(error instanceof LineFault && error.failure === 'exception')) throw error;
    }
    const before = this.#installations.at(-1)?.serial;
    if (serial === '' || before === serial) return;
    if (before !== undefined) log?.warn({ event: 'meter_replaced', meter, before, serial }, 'meter replaced');
    this.#installations = [...this.#installations, { serial, from: clock.now() }];
    memory.keep(meter, template.id, { installations: [...this.#installations] });
    onFacts?.();
  }

  async #readRatios(): Promise<void> {
    const { bus, unit, template, clock } = this.#device;
    if (clock.monotonic() - this.#ratiosReadAt < ratiosAreReadEvery) return;
    this.#ratios = await readRatios(bus, unit, template);
    this.#ratiosReadAt = clock.monotonic();
  }

  #learnExponents({ block, words }: BlockAnswer): void {
    if (words === undefined) return;
    for (const { point, sf, counter } of block.points) {
      if (sf === undefined || counter === undefined) continue;
      const exponent = decodeRegisters(words, sf - block.address, 'sunssf', 'ABCD');
      if (this.#exponents.get(point) === exponent) continue;
      this.#exponents.set(point, exponent);
      this.#device.onFacts?.();
    }
  }

  #stamp(readings: readonly Reading[], time: number): Sample[] {
    return readings.map(({ point, value, quality }) => ({ meter: this.meter, point, time, value, quality }));
  }
}

/** Where the template's points, and what names this very device, lie on its wire. */
export async function findPoints(
  bus: ModbusBus,
  unit: number,
  template: RegisterTemplate,
): Promise<{ points: readonly RegisterPoint[]; serialNumber: SerialNumber | undefined }> {
  if (template.protocol !== 'sunspec') return { points: template.points, serialNumber: template.serialNumber };
  const models = await discoverModels(bus, unit);
  const points = placePoints(template, models);
  if (points !== undefined) return { points, serialNumber: serialNumberIn(models) };
  const wanted = template.sunspec.models.join(', ');
  throw new LineFault(
    'framing',
    `设备没有 SunSpec 模型 ${wanted}`,
    `the device has none of the SunSpec models ${wanted}`,
  );
}

/** Ratios that the device has, and that are what they can reasonably be. */
export async function readRatios(bus: ModbusBus, unit: number, template: RegisterTemplate): Promise<Ratios> {
  const ratios: Record<string, number> = {};
  for (const [name, ratio] of Object.entries(template.ratios)) {
    const words = await bus.read(unit, ratio.fc ?? template.fc, ratio.address, registerTypes[ratio.type]);
    const value = decodeReading(words, ratio, template);
    if (value !== undefined) ratios[name] = value;
  }
  return ratios;
}
