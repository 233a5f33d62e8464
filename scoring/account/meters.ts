// Owns the leaves of every trace: what one counter of one meter amounted to in the period.
import { counterOf } from '../../core/config/roles.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import { correctionNote, correctionsIn, correctionsOf } from '../../core/corrections.ts';
import { type PointId, points } from '../../core/points.ts';
import { Rational } from '../../core/rational.ts';
import { seriesName } from '../../core/sample.ts';
import { marksOf, type Slot } from '../../core/slots.ts';
import { type Figure, leaf, missing } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { hashOfSeries, totalOfSeries } from '../packed-slots.ts';

export const slotsOf = (inputs: Inputs, meter: string, point: PointId): readonly Slot[] =>
  inputs.slots.get(seriesName({ meter, point })) ?? [];

/** By the word that a meter's role has for it, whichever of the meter's counters stands for that. */
export const roleFigure = (inputs: Inputs, meter: MeterConfig, point: PointId): Figure =>
  meterFigure(inputs, meter, counterOf(meter, point));

export function meterFigure(inputs: Inputs, { id, name, accuracyClass, ratios }: MeterConfig, point: PointId): Figure {
  const key = { meter: id, point };
  const { unit, decimals, name: pointName } = points[point];
  const naming = {
    id: seriesName(key),
    name: { zh: `${name.zh}：${pointName.zh}`, en: `${name.en}: ${pointName.en}` },
    unit,
    notes: correctionsOf(key, inputs.period, correctionsIn(inputs.ledger)).map(({ revision }) =>
      correctionNote(revision),
    ),
  };
  const found = totalOfSeries(inputs.slots, seriesName(key), point, inputs.period);
  if (found.slots === 0) {
    return missing(naming, { zh: `表计 ${id} 在本期没有读数`, en: `meter ${id} has no readings in the period` });
  }
  const facts = inputs.facts.get(seriesName(key));
  if (ratios !== undefined && facts?.installations.some(({ multiplier = 1 }) => multiplier !== 1)) {
    return missing(naming, {
      zh: `表计 ${id} 的互感器倍率乘了两次：站点的 ratios 与采集端的 multiplier；请只保留一个`,
      en: `the transformers of meter ${id} are multiplied twice, by ratios of the site and by a multiplier of its gateway: keep one of them`,
    });
  }
  const { steps, coverage, quality, estimated, marks, slots: count, readings } = found;
  return leaf(naming, Rational.of(steps, 10 ** decimals), {
    coverage,
    quality,
    meter: {
      ...key,
      source: facts?.source ?? '',
      start: inputs.period.start,
      end: inputs.period.end,
      slots: count,
      readings,
      hash: hashOfSeries(inputs.slots, seriesName(key)),
      estimated,
      accuracyClass: accuracyClass ?? null,
      marks: marksOf(marks),
    },
  });
}
