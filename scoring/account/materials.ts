// Owns what else meters count for a standard: water taken in, and waste over the scales.
import { type Figure, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from '../vocabulary.ts';
import { metered } from './outermost.ts';

export type MaterialAccount = Record<'water_taken' | 'waste_weighed', Figure>;

/** Without a meter nothing is known: then the ledger tells. */
export const accountMaterials = (inputs: Inputs): MaterialAccount => ({
  water_taken: sumOf(naming('water_taken'), metered(inputs, 'water', 'water_volume'), false),
  waste_weighed: sumOf(naming('waste_weighed'), metered(inputs, 'waste', 'waste_mass'), false),
});
