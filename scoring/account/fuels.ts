// Owns fuels and heat: how much the plant took in, metered and booked, and what that is in standard coal.
import { type Fuel, fuelIds } from '../../core/fuels.ts';
import type { PointId } from '../../core/points.ts';
import { chooseFactor, factorFigure, hasFactor } from '../factors.ts';
import { derive, type Figure, missing, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import type { FuelQuantity } from '../vocabulary.ts';
import { bookings } from './declared.ts';
import { naming } from './electricity.ts';
import { meterFigure } from './meters.ts';

/** Metered and booked: what a meter reads and what an invoice says are different flows of the same carrier. */
function consumed(inputs: Inputs, carrier: Fuel | 'heat', id: FuelQuantity | 'heat_purchased'): Figure {
  const point: PointId = carrier === 'heat' ? 'heat_energy' : 'gas_volume';
  const meters = inputs.site.meters.filter((meter) =>
    carrier === 'heat' ? meter.role === 'heat' : meter.role === 'fuel' && meter.carrier === carrier,
  );
  const metered = meters.map((meter) => meterFigure(inputs, meter, point));
  return sumOf(naming(id), [...metered, ...bookings(inputs, carrier)], true);
}

export type FuelAccount = Record<FuelQuantity | 'heat_purchased' | 'energy_fuels' | 'energy_heat', Figure>;

export const isUsed = ({ exact }: Figure): boolean => exact === null || !exact.isZero;

export function accountFuels(inputs: Inputs): FuelAccount {
  const fuels = Object.fromEntries(
    fuelIds.map((fuel) => [`${fuel}_consumed`, consumed(inputs, fuel, `${fuel}_consumed`)]),
  ) as Record<FuelQuantity, Figure>;
  const heat_purchased = consumed(inputs, 'heat', 'heat_purchased');
  const energy = fuelIds
    .filter((fuel) => isUsed(fuels[`${fuel}_consumed`]))
    .map((fuel) => inStandardCoal(inputs, fuel, fuels[`${fuel}_consumed`]));
  return {
    ...fuels,
    heat_purchased,
    energy_fuels: sumOf(naming('energy_fuels'), energy, true),
    energy_heat: derive(naming('energy_heat'), 'heat_purchased * coal_heat', {
      heat_purchased,
      coal_heat: coefficient(inputs, 'heat'),
    }),
  };
}

const coefficient = ({ year }: Inputs, carrier: string): Figure =>
  factorFigure(
    `coal_${carrier}`,
    { zh: '折标准煤系数', en: 'standard coal coefficient' },
    chooseFactor({ kind: 'coal_equivalent', carrier, year }),
  );

function inStandardCoal(inputs: Inputs, fuel: Fuel, amount: Figure): Figure {
  const id = `coal_${fuel}`;
  const asked = {
    id: `energy_${fuel}`,
    name: { zh: `${amount.trace.name.zh}（折标准煤）`, en: `${amount.trace.name.en}, in standard coal` },
    unit: 'tce',
  };
  if (!hasFactor({ kind: 'coal_equivalent', carrier: fuel, year: inputs.year })) {
    const reason = {
      zh: '没有有来源的折标准煤系数，需以实测热值为依据自行补充',
      en: 'there is no sourced standard-coal coefficient; supply one from a measured calorific value',
    };
    return missing(asked, reason, [amount]);
  }
  return derive(asked, `${amount.trace.id} * ${id}`, { [amount.trace.id]: amount, [id]: coefficient(inputs, fuel) });
}
