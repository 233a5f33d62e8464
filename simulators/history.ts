// Owns the past of the virtual plant: what a gateway would have read, at regular times, through the same registers.
import type { Site } from '../core/config/site.ts';
import { points as catalogue, type PointId, quantise } from '../core/points.ts';
import { qualityCode } from '../core/quality.ts';
import { type Sample, type SeriesKey, seriesName } from '../core/sample.ts';
import { convert } from '../core/units.ts';
import { decodeBlock } from '../gateway/modbus/decode.ts';
import type { Block } from '../gateway/modbus/read-plan.ts';
import { planReads } from '../gateway/modbus/read-plan.ts';
import {
  type Cjt188Template,
  type Dlt645Template,
  isRegisterTemplate,
  loadRegisterTemplate,
  loadTemplate,
} from '../gateway/template.ts';
import { countedOrRounded, type SimulatedDevice } from './device.ts';
import type { Plant } from './plant.ts';

/** What history keeps: energy, and the power that tells its story. */
const kept: readonly PointId[] = [
  'energy_import',
  'energy_export',
  'energy_generated',
  'gas_volume',
  'heat_energy',
  'power',
  'gas_flow',
  'heat_power',
];

/** As a gateway tells of a meter that does not answer. */
const unanswered = { value: null, quality: qualityCode('bad_timeout') };

type MeterHistory = { id: string; series: SeriesKey[]; at: (time: number) => Sample[] };

export class History {
  readonly #meters: MeterHistory[];
  readonly #silences: Plant['description']['silences'];

  constructor(site: Site, plant: Plant, devices: ReadonlyMap<string, SimulatedDevice>) {
    this.#silences = plant.description.silences;
    this.#meters = site.meters.flatMap((meter) => {
      if (plant.description.meters[meter.id] === undefined) return [];
      const device = devices.get(meter.id);
      if (device !== undefined) return [registerHistory(meter.id, loadRegisterTemplate(meter.template ?? ''), device)];
      const template = meter.template === undefined ? undefined : loadTemplate(meter.template);
      return [
        template === undefined || isRegisterTemplate(template)
          ? nodeHistory(meter.id, meter.nodes ?? {}, plant)
          : decimalHistory(meter, template, plant),
      ];
    });
  }

  get series(): SeriesKey[] {
    return this.#meters.flatMap(({ series }) => series);
  }

  /** Readings at every whole `step`, after what each series has already, up to and including `to`. */
  *samples(from: number, to: number, step: number, newest: ReadonlyMap<string, number>): Generator<Sample> {
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      for (const meter of this.#meters) {
        const silent = this.#silences.some(
          ({ meters, from, to }) => meters.includes(meter.id) && time >= from && time < to,
        );
        for (const sample of meter.at(time))
          if (time > (newest.get(seriesName(sample)) ?? 0)) yield silent ? { ...sample, ...unanswered } : sample;
      }
    }
  }
}

function registerHistory(
  meter: string,
  template: ReturnType<typeof loadRegisterTemplate>,
  device: SimulatedDevice,
): MeterHistory {
  const points = device.points.filter(({ point }) => kept.includes(point));
  const blocks: Block[] = planReads(points, template);
  return {
    id: meter,
    series: points.map(({ point }) => ({ meter, point })),
    at: (time) =>
      blocks.flatMap((block) => {
        const answer = device.answer(block.address, block.count, time);
        if ('exception' in answer)
          throw new Error(`${meter} does not have registers ${block.address}..${block.address + block.count - 1}`);
        return decodeBlock(answer.words, block, template).map((reading) => ({ meter, time, ...reading }));
      }),
  };
}

/** In the steps of the meter, behind its transformers. */
function decimalHistory(
  { id: meter, ratios: { ct, vt } = { ct: 1, vt: 1 } }: Site['meters'][number],
  template: Dlt645Template | Cjt188Template,
  plant: Plant,
): MeterHistory {
  const points = template.points.filter(({ point }) => kept.includes(point));
  return {
    id: meter,
    series: points.map(({ point }) => ({ meter, point })),
    at: (time) =>
      points.map((definition) => {
        const { point, unit, decimals, counter } = definition;
        const named = 'ratios' in definition ? definition.ratios : [];
        const step = named.reduce((all, name) => all * (name === 'ct' ? ct : vt), 1) / 10 ** decimals;
        const steps = convert(plant.reading(meter, point, time), catalogue[point].unit, unit) / step;
        const shown = countedOrRounded(steps, point) % (counter?.modulus ?? Number.POSITIVE_INFINITY);
        const value = convert(shown * step, unit, catalogue[point].unit);
        return { meter, point, time, value: quantise(value, point), quality: 0 };
      }),
  };
}

function nodeHistory(meter: string, nodes: Partial<Record<PointId, unknown>>, plant: Plant): MeterHistory {
  const points = (Object.keys(nodes) as PointId[]).filter((point) => kept.includes(point));
  return {
    id: meter,
    series: points.map((point) => ({ meter, point })),
    at: (time) =>
      points.map((point) => ({
        meter,
        point,
        time,
        value: quantise(plant.reading(meter, point, time), point),
        quality: 0,
      })),
  };
}
