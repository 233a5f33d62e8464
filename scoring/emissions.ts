// Owns emissions by GB/T 32150: each source's activity times its dated factor, and what measures saved at the same factors.

import { type Fuel, fuelIds, fuels } from '../core/fuels.ts';
import { Rational } from '../core/rational.ts';
import { certificatesRetired, creditsRetired, entriesOf, ledgerFigure } from './account/declared.ts';
import { balanceElectricity, naming } from './account/electricity.ts';
import { accountEnergy, isUsed } from './account/energy.ts';
import { type Chosen, chooseFactor, factorFigure, hasFactor } from './factors.ts';
import { constant, derive, type Figure, missing, sumOf } from './figure.ts';
import type { Inputs } from './inputs.ts';
import type { QuantityId } from './vocabulary.ts';

export type Account = Record<QuantityId, Figure>;

/** IPCC 2006 vol. 2: the mass of CO2 for the mass of carbon burnt. */
const carbonToCo2 = constant(
  { id: 'co2_per_carbon', name: { zh: '碳转换为二氧化碳', en: 'carbon to carbon dioxide' }, unit: 'tCO2/tC' },
  Rational.of(44, 12),
);

export function accountFor(inputs: Inputs): Account {
  const electricity = balanceElectricity(inputs);
  const energy = accountEnergy(inputs, electricity.electricity_consumed);
  const factors = { grid: gridFactor(inputs), heat: heatFactor(inputs) };
  const burnt = fuelIds
    .filter((fuel) => isUsed(energy[`${fuel}_consumed`]))
    .map((fuel) => combustion(inputs, fuel, energy[`${fuel}_consumed`]));
  const emissions_electricity = derive(naming('emissions_electricity'), 'grid_import * grid_factor', {
    grid_import: electricity.grid_import,
    grid_factor: factors.grid,
  });
  const emissions_fuel = sumOf(naming('emissions_fuel'), burnt, true);
  const emissions_heat = derive(naming('emissions_heat'), 'heat_purchased * heat_factor', {
    heat_purchased: energy.heat_purchased,
    heat_factor: factors.heat,
  });
  return {
    ...electricity,
    ...energy,
    certificates_retired: certificatesRetired(inputs, electricity.grid_import),
    credits_retired: creditsRetired(inputs),
    reductions: reductions(inputs, factors),
    emissions_electricity,
    emissions_fuel,
    emissions_heat,
    emissions_total: sumOf(naming('emissions_total'), [emissions_electricity, emissions_fuel, emissions_heat], false),
  };
}

function gridFactor({ site, year }: Inputs): Figure {
  const { region, dataYear } = site.factors.grid;
  return factorFigure(
    'grid_factor',
    { zh: '电力平均排放因子', en: 'average grid factor' },
    chooseFactor({ kind: 'grid_average', region, dataYear, year }),
  );
}

const heatFactor = ({ year }: Inputs): Figure =>
  factorFigure('heat_factor', { zh: '热力排放因子', en: 'heat factor' }, chooseFactor({ kind: 'heat', year }));

/** NCV × carbon content × oxidation × 44/12, each a factor of its own with its own source. */
function combustion(inputs: Inputs, fuel: Fuel, amount: Figure): Figure {
  const asked = {
    id: `emissions_${fuel}`,
    name: { zh: `${fuels[fuel].name.zh}燃烧排放`, en: `emissions of ${fuels[fuel].name.en}` },
    unit: 'tCO2e',
  };
  const family = inputs.site.factors.fuels;
  if (!hasFactor({ kind: 'fuel', family, carrier: fuel, year: inputs.year })) {
    const reason = {
      zh: `${family} 中没有 ${fuels[fuel].name.zh} 的缺省值；两套缺省值不得混用，请自行补充因子`,
      en: `${family} has no defaults for ${fuels[fuel].name.en}; families must not mix: supply a factor of your own`,
    };
    return missing(asked, reason, [amount]);
  }
  return derive(asked, `${amount.trace.id} * ncv * carbon_content * oxidation * co2_per_carbon`, {
    [amount.trace.id]: amount,
    ...fuelFactors(inputs, fuel),
  });
}

function fuelFactors({ year, site }: Inputs, fuel: Fuel): Record<string, Figure> {
  const chosen: Chosen = chooseFactor({ kind: 'fuel', family: site.factors.fuels, carrier: fuel, year });
  return {
    ncv: factorFigure('ncv', { zh: '低位发热量', en: 'net calorific value' }, chosen, 'ncv'),
    carbon_content: factorFigure('carbon_content', { zh: '单位热值含碳量', en: 'carbon content' }, chosen, 'carbon'),
    oxidation: factorFigure('oxidation', { zh: '碳氧化率', en: 'oxidation' }, chosen, 'oxidation'),
    co2_per_carbon: carbonToCo2,
  };
}

/** What measures of the year saved, at the factors of the year's own inventory. */
function reductions(inputs: Inputs, factors: { grid: Figure; heat: Figure }): Figure {
  const parts = entriesOf(inputs, 'measure')
    .filter(({ entry }) => entry.year === inputs.year)
    .flatMap((revision) =>
      revision.entry.saves.map(({ carrier, amount, unit }, index) => {
        const saved = ledgerFigure(revision.entry.title, unit, amount, revision);
        const id = index === 0 ? `reduction.${revision.entry.id}` : `reduction.${revision.entry.id}.${index + 1}`;
        const naming = { id, name: revision.entry.title, unit: 'tCO2e' };
        if (carrier === 'electricity')
          return derive(naming, 'saved * grid_factor', { saved, grid_factor: factors.grid });
        if (carrier === 'heat') return derive(naming, 'saved * heat_factor', { saved, heat_factor: factors.heat });
        return derive(naming, 'saved * ncv * carbon_content * oxidation * co2_per_carbon', {
          saved,
          ...fuelFactors(inputs, carrier),
        });
      }),
    );
  return sumOf(naming('reductions'), parts, true);
}
