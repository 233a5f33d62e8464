// Owns what the meters of a role read in all, real and virtual ones: those below another of them add nothing.
import { metersIn } from '../../core/config/roles.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import type { PointId } from '../../core/points.ts';
import type { Figure } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { roleFigure } from './meters.ts';
import { virtualFigure } from './virtual.ts';

export function metered(
  inputs: Inputs,
  role: MeterConfig['role'],
  point: PointId,
  carrier?: string | undefined,
  read: (inputs: Inputs, meter: MeterConfig, point: PointId) => Figure = roleFigure,
): Figure[] {
  const { meters, virtual } = inputs.site;
  const outer = new Set(metersIn([...meters, ...virtual], role, carrier).map(({ id }) => id));
  return [
    ...meters.filter(({ id }) => outer.has(id)).map((meter) => read(inputs, meter, point)),
    ...virtual
      .filter((meter) => outer.has(meter.id) && meter.point === point)
      .map((meter) => virtualFigure(inputs, meter)),
  ];
}
