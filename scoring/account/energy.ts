// Owns energy by carrier: fuels and heat that the plant took in, metered and booked, and all of it in standard coal.
import type { MeterConfig } from '../../core/config/site-schema.ts';
import { heatless } from '../../core/config/steam.ts';
import { type Fuel, fuelIds } from '../../core/fuels.ts';
import type { PointId } from '../../core/points.ts';
import { Rational } from '../../core/rational.ts';
import { seriesName } from '../../core/sample.ts';
import { chooseFactor, factorFigure, hasFactor } from '../factors.ts';
import { constant, derive, type Figure, missing, sumOf } from '../figure.ts';
import { factorScope, type Inputs } from '../inputs.ts';
import type { FuelQuantity } from '../vocabulary.ts';
import { naming } from '../vocabulary.ts';
import { bookings } from './declared.ts';
import { roleFigure } from './meters.ts';
import { metered } from './outermost.ts';

/** Metered and booked: what a meter reads and what an invoice says are different flows of the same carrier. */
function consumed(
  inputs: Inputs,
  carrier: Fuel | 'heat' | 'heat_sold',
  id: FuelQuantity | 'heat_purchased' | 'heat_sold',
): Figure {
  const role = carrier === 'heat' ? 'heat' : carrier === 'heat_sold' ? 'heat_export' : 'fuel';
  const point: PointId = role === 'fuel' ? 'gas_volume' : 'heat_energy';
  const figures =
    role === 'fuel' ? metered(inputs, role, point, carrier) : metered(inputs, role, point, undefined, heatFigure);
  const booked = bookings(inputs, carrier);
  const notes = figures.length > 0 && booked.length > 0 ? [meteredAndBooked] : [];
  return sumOf({ ...naming(id), notes }, [...figures, ...booked], true);
}

const meteredAndBooked = {
  zh: '表计与台账相加：台账只登记表计没有计到的部分，否则重复计',
  en: 'meters and bookings are added: book only what no meter reads, or it counts twice',
};

/** A heat meter's own, or tonnes of steam times the heat that the site gives them. */
function heatFigure(inputs: Inputs, meter: MeterConfig): Figure {
  const { id, name, heatPerTonne } = meter;
  const steam = () => roleFigure(inputs, meter, 'steam_mass');
  if (heatPerTonne !== undefined) {
    const said = { zh: '站点配置 heatPerTonne', en: 'heatPerTonne of the site' };
    const per = constant({ id: 'heat_per_tonne', name: said, unit: 'GJ/t' }, Rational.fromDecimal(heatPerTonne));
    return derive({ id: `${id}.heat`, name, unit: 'GJ' }, 'steam * heat_per_tonne', {
      steam: steam(),
      heat_per_tonne: per,
    });
  }
  const heat = roleFigure(inputs, meter, 'heat_energy');
  if (heat.exact !== null || !inputs.facts.has(seriesName({ meter: id, point: 'steam_mass' }))) return heat;
  return missing({ id: `${id}.heat`, name, unit: 'GJ' }, heatless(id), [steam()]);
}

export type EnergyAccount = Record<
  | FuelQuantity
  | 'heat_purchased'
  | 'heat_sold'
  | 'energy_electricity'
  | 'energy_fuels'
  | 'energy_heat'
  | 'energy_total',
  Figure
>;

export const isUsed = ({ exact }: Figure): boolean => exact === null || !exact.isZero;

/** Everything in standard coal on the calorific basis. The equivalent basis has no national value; packs that want it ask for one. */
export function accountEnergy(inputs: Inputs, electricity_consumed: Figure): EnergyAccount {
  const fuels = Object.fromEntries(
    fuelIds.map((fuel) => [`${fuel}_consumed`, consumed(inputs, fuel, `${fuel}_consumed`)]),
  ) as Record<FuelQuantity, Figure>;
  const heat_purchased = consumed(inputs, 'heat', 'heat_purchased');
  const heat_sold = consumed(inputs, 'heat_sold', 'heat_sold');
  const energy = fuelIds
    .filter((fuel) => isUsed(fuels[`${fuel}_consumed`]))
    .map((fuel) => inStandardCoal(inputs, fuel, fuels[`${fuel}_consumed`]));
  const energy_electricity = derive(naming('energy_electricity'), 'electricity_consumed * coal_electricity', {
    electricity_consumed,
    coal_electricity: coefficient(inputs, 'electricity'),
  });
  const energy_fuels = sumOf(naming('energy_fuels'), energy, true);
  const energy_heat = derive(naming('energy_heat'), 'heat_purchased * coal_heat', {
    heat_purchased,
    coal_heat: coefficient(inputs, 'heat'),
  });
  const energy_total = sumOf(naming('energy_total'), [energy_electricity, energy_fuels, energy_heat], false);
  return { ...fuels, heat_purchased, heat_sold, energy_electricity, energy_fuels, energy_heat, energy_total };
}

const coefficient = (inputs: Inputs, carrier: string): Figure =>
  factorFigure(
    `coal_${carrier}`,
    { zh: '折标准煤系数', en: 'standard coal coefficient' },
    chooseFactor({ ...factorScope(inputs), kind: 'coal_equivalent', carrier }),
  );

function inStandardCoal(inputs: Inputs, fuel: Fuel, amount: Figure): Figure {
  const id = `coal_${fuel}`;
  const asked = {
    id: `energy_${fuel}`,
    name: { zh: `${amount.trace.name.zh}（折标准煤）`, en: `${amount.trace.name.en}, in standard coal` },
    unit: 'tce',
  };
  if (!hasFactor({ ...factorScope(inputs), kind: 'coal_equivalent', carrier: fuel })) {
    const reason = {
      zh: '没有有来源的折标准煤系数，需以实测热值为依据自行补充',
      en: 'there is no sourced standard-coal coefficient; supply one from a measured calorific value',
    };
    return missing(asked, reason, [amount]);
  }
  return derive(asked, `${amount.trace.id} * ${id}`, { [amount.trace.id]: amount, [id]: coefficient(inputs, fuel) });
}
