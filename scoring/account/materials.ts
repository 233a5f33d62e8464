// Owns what else meters count for a standard: water taken in, and waste over the scales.
import type { PointId } from '../../core/points.ts';
import { type Figure, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from './electricity.ts';
import { meterFigure } from './meters.ts';

export type MaterialAccount = Record<'water_taken' | 'waste_weighed', Figure>;

/** Without a meter nothing is known: then the ledger tells. */
export const accountMaterials = (inputs: Inputs): MaterialAccount => ({
  water_taken: sumOf(naming('water_taken'), outermost(inputs, 'water', 'water_volume'), false),
  waste_weighed: sumOf(naming('waste_weighed'), outermost(inputs, 'waste', 'waste_mass'), false),
});

/** A meter below another one of its role counts what that one has counted. */
function outermost(inputs: Inputs, role: 'water' | 'waste', point: PointId): Figure[] {
  const meters = inputs.site.meters.filter((meter) => meter.role === role);
  const ids = new Set(meters.map(({ id }) => id));
  return meters.filter(({ parent = '' }) => !ids.has(parent)).map((meter) => meterFigure(inputs, meter, point));
}
