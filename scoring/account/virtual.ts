// Owns virtual meters: what real meters tell together by a formula, with its unit checked and its quality carried.
import type { Site } from '../../core/config/site.ts';
import type { VirtualMeter } from '../../core/config/site-schema.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { type PointId, parsePointId, points } from '../../core/points.ts';
import { type SeriesKey, seriesName } from '../../core/sample.ts';
import { parseUnit, sameDimensions } from '../../core/units.ts';
import { unitOf } from '../evaluate.ts';
import { namesIn } from '../expression.ts';
import { derive, expressionOf, type Figure } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { meterFigure } from './meters.ts';

/** A term names a meter, and a point where it is not the one that is computed. */
function termOf(meter: VirtualMeter, term: string): SeriesKey {
  const [id = '', point] = term.split('.');
  return { meter: id, point: point === undefined ? meter.point : parsePointId(point) };
}

/** The readings that virtual meters are made of. */
export const termsOf = ({ virtual, meters }: Pick<Site, 'virtual' | 'meters'>): SeriesKey[] =>
  virtual
    .flatMap((meter) => Object.values(meter.terms).map((term) => termOf(meter, term)))
    .filter(({ meter }) => meters.some(({ id }) => id === meter));

export function virtualFigure(inputs: Inputs, meter: VirtualMeter): Figure {
  const figures = Object.fromEntries(
    Object.entries(meter.terms).map(([name, term]): [string, Figure] => {
      const key = termOf(meter, term);
      const other = inputs.site.virtual.find(({ id }) => id === key.meter);
      const real = inputs.site.meters.find(({ id }) => id === key.meter);
      if (other !== undefined) return [name, virtualFigure(inputs, other)];
      return [name, meterFigure(inputs, real as Inputs['site']['meters'][number], key.point)];
    }),
  );
  const name = { zh: `${meter.name.zh}（虚拟表）`, en: `${meter.name.en} (virtual meter)` };
  return derive(
    { id: seriesName({ meter: meter.id, point: meter.point }), name, unit: points[meter.point].unit },
    meter.formula,
    figures,
  );
}

/** Refuses formulas whose names or unit do not fit. That its meters are there, and none is made of itself, the site was asked before. */
export function checkVirtualMeters({ virtual }: Pick<Site, 'virtual'>): void {
  for (const meter of virtual) checkOne(meter);
}

function checkOne(meter: VirtualMeter): void {
  const refuse = (zh: string, en: string): never => {
    const where = { zh: `虚拟表 ${meter.id}：${zh}`, en: `virtual meter ${meter.id}: ${en}` };
    throw new Fault('virtual_meter_refused', where, { exitCode: exitCodes.configuration });
  };
  const pointOf = new Map<string, PointId>(
    Object.entries(meter.terms).map(([name, term]) => [name, termOf(meter, term).point]),
  );
  const expression = expressionOf(meter.formula);
  const unknown = namesIn(expression).filter((name) => !pointOf.has(name));
  if (unknown.length > 0) refuse(`terms 中没有 ${unknown.join('、')}`, `terms does not name ${unknown.join(', ')}`);
  const unit = unitOf(expression, (name) => parseUnit(points[pointOf.get(name) as PointId].unit));
  const wanted = parseUnit(points[meter.point].unit);
  if (!sameDimensions(unit, wanted))
    refuse(
      `公式的单位是 ${unit.symbol}，应为 ${wanted.symbol}`,
      `the formula has the unit ${unit.symbol}, not ${wanted.symbol}`,
    );
}
