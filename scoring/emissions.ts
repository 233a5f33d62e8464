// Owns emissions by GB/T 32150: each source's activity times its dated factor, and what measures saved at the same factors.

import { type Fuel, fuelIds, fuels } from '../core/fuels.ts';
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import {
  certificatesRetired,
  creditsRetired,
  declaredEmissions,
  entriesOf,
  greenPowerContracted,
  ledgerFigure,
  noteOffTake,
} from './account/declared.ts';
import { balanceElectricity } from './account/electricity.ts';
import { accountEnergy, type EnergyAccount, isUsed } from './account/energy.ts';
import { accountMaterials } from './account/materials.ts';
import { type Chosen, chooseFactor, factorFigure, hasFactor } from './factors.ts';
import { constant, derive, type Figure, missing, type Naming, sumOf } from './figure.ts';
import { potentialOf } from './gases.ts';
import { factorScope, type Inputs } from './inputs.ts';
import { naming, type QuantityId, quantityIds } from './vocabulary.ts';

export type Account = Record<QuantityId, Figure>;

/** IPCC 2006 vol. 2: the mass of CO2 for the mass of carbon burnt. */
const carbonToCo2 = constant(
  { id: 'co2_per_carbon', name: { zh: '碳转换为二氧化碳', en: 'carbon to carbon dioxide' }, unit: 'tCO2/tC' },
  Rational.of(44, 12),
);

/** Where the ledger books no fuel there was none; where nobody ever said anything, nothing is known, not even that. */
export function accountFor(inputs: Inputs): Account {
  const account = computed(inputs);
  if (inputs.ledger.length > 0 || [...inputs.slots.values()].some(({ length }) => length > 0)) return account;
  const silent = { zh: '没有读数，也没有台账', en: 'there are no readings and there is no ledger' };
  return Object.fromEntries(quantityIds.map((id) => [id, missing(naming(id), silent)])) as Account;
}

function computed(inputs: Inputs): Account {
  const electricity = balanceElectricity(inputs);
  const energy = accountEnergy(inputs, electricity.electricity_consumed);
  const certificates_retired = certificatesRetired(inputs);
  const green_power_contracted = greenPowerContracted(inputs);
  noteOffTake(electricity.grid_import, [certificates_retired, green_power_contracted]);
  const factors = { grid: gridFactor(inputs), heat: heatFactor(inputs) };
  const { grid_export } = electricity;
  const burnt = burntFuels(energy).map((fuel) => combustion(inputs, fuel, energy[`${fuel}_consumed`]));
  const { grid_import } = electricity;
  const { heat_purchased, heat_sold } = energy;
  const own = {
    emissions_electricity: ofPower(naming('emissions_electricity'), { grid_import }, factors.grid),
    emissions_electricity_sold: ofPower(
      { ...naming('emissions_electricity_sold'), notes: [soldApart] },
      { grid_export },
      factors.grid,
    ),
    emissions_electricity_market: marketBased(inputs, { grid_import, certificates_retired, green_power_contracted }),
    emissions_fuel: sumOf(naming('emissions_fuel'), burnt, true),
    emissions_heat: derive(naming('emissions_heat'), 'heat_purchased * heat_factor', {
      heat_purchased,
      heat_factor: factors.heat,
    }),
    emissions_heat_sold: derive(naming('emissions_heat_sold'), '-heat_sold * heat_factor', {
      heat_sold,
      heat_factor: factors.heat,
    }),
    emissions_process: sumOf(naming('emissions_process'), declaredEmissions(inputs, ['process']), true),
    emissions_refrigerants: sumOf(
      naming('emissions_refrigerants'),
      declaredEmissions(inputs, ['refrigerant', 'fugitive']),
      true,
    ),
    emissions_biomass: sumOf(naming('emissions_biomass'), declaredEmissions(inputs, ['biomass']), true),
  };
  const total = (electricityPart: Figure) => [
    electricityPart,
    own.emissions_fuel,
    own.emissions_heat,
    ...[own.emissions_heat_sold, own.emissions_process, own.emissions_refrigerants].filter(isUsed),
  ];
  return {
    ...electricity,
    ...energy,
    ...accountMaterials(inputs),
    certificates_retired,
    green_power_contracted,
    credits_retired: creditsRetired(inputs),
    reductions: reductions(inputs, factors),
    ...own,
    emissions_total: sumOf(naming('emissions_total'), total(own.emissions_electricity), false),
    emissions_total_market: sumOf(naming('emissions_total_market'), total(own.emissions_electricity_market), false),
  };
}

const burntFuels = (energy: EnergyAccount): Fuel[] => fuelIds.filter((fuel) => isUsed(energy[`${fuel}_consumed`]));

export type EmissionSource = {
  id: string;
  /** Of the GHG Protocol: 1 is emitted in the plant, 2 is emitted where its power and heat are made. */
  scope: 1 | 2;
  figure: Figure;
  /** What is multiplied by factors; null where people declared the emission itself. */
  activity: Figure | null;
};

/** What the location-based total is the sum of. */
export function sourcesOf(inputs: Inputs, account: Account): EmissionSource[] {
  const of = (scope: 1 | 2, figure: Figure, activity: Figure | null): EmissionSource => ({
    id: figure.trace.id,
    scope,
    figure,
    activity,
  });
  return [
    of(2, account.emissions_electricity, account.grid_import),
    of(2, account.emissions_heat, account.heat_purchased),
    of(2, account.emissions_heat_sold, account.heat_sold),
    ...burntFuels(account).map((fuel) => {
      const amount = account[`${fuel}_consumed`];
      return of(1, combustion(inputs, fuel, amount), amount);
    }),
    of(1, account.emissions_process, null),
    of(1, account.emissions_refrigerants, null),
  ].filter(({ figure }) => isUsed(figure));
}

/**
 * Certified power counts zero, so that what is left has the factor that certified power was taken out of; at the average
 * factor the certified kWh would count twice. It stands beside the location-based figure and is never mixed with it.
 */
function marketBased(inputs: Inputs, power: Record<string, Figure>): Figure {
  const residual_factor = factorFigure(
    'residual_factor',
    {
      zh: '电力因子（不包括市场化交易的非化石能源电量，全国）',
      en: 'grid factor without market-traded non-fossil power (national)',
    },
    chooseFactor({ ...factorScope(inputs), kind: 'grid_residual', dataYear: inputs.site.factors.grid.dataYear }),
  );
  return derive(
    naming('emissions_electricity_market'),
    'max(grid_import - certificates_retired - green_power_contracted, 0 * grid_import) * residual_factor',
    { ...power, residual_factor },
  );
}

const soldApart = {
  zh: '单列，不从总量扣减：光伏发电没有排放，其绿证可能已随电量售出',
  en: 'apart, not deducted from the total: PV has no emissions, and its certificates may have been sold with it',
};

/** What the grid emits for a kWh: CO2, and methane and nitrous oxide with their potentials where the factor's source gives them. */
type GridFactors = Record<string, Figure>;

function gridFactor(inputs: Inputs): GridFactors {
  const { region, dataYear } = inputs.site.factors.grid;
  const chosen = chooseFactor({ ...factorScope(inputs), kind: 'grid_average', region, dataYear });
  const named = { zh: '电力平均排放因子', en: 'average grid factor' };
  return {
    grid_factor: factorFigure('grid_factor', named, chosen),
    ...otherGases(inputs, chosen, '电力', 'electricity'),
  };
}

function ofPower(asked: Naming, power: Record<string, Figure>, factors: GridFactors): Figure {
  const [id = ''] = Object.keys(power);
  const others = Object.keys(factors).filter((name) => name === 'ch4' || name === 'n2o');
  const formula = [`${id} * grid_factor`, ...others.map((gas) => `${id} * ${gas} * gwp_${gas}`)].join(' + ');
  const notes = others.length > 0 ? (asked.notes ?? []) : [...(asked.notes ?? []), powerDioxideOnly];
  return derive({ ...asked, notes }, formula, { ...power, ...factors });
}

const powerDioxideOnly = {
  zh: '电力因子来源只给出 CO2；CH4 与 N2O 未载明，不计',
  en: 'the source of the grid factor gives CO2 only; CH4 and N2O are not stated and not counted',
};

const heatFactor = (inputs: Inputs): Figure =>
  factorFigure(
    'heat_factor',
    { zh: '热力排放因子', en: 'heat factor' },
    chooseFactor({ ...factorScope(inputs), kind: 'heat' }),
  );

/** NCV × carbon content × oxidation × 44/12, each a factor of its own with its own source. */
function combustion(inputs: Inputs, fuel: Fuel, amount: Figure): Figure {
  const asked = {
    id: `emissions_${fuel}`,
    name: { zh: `${fuels[fuel].name.zh}燃烧排放`, en: `emissions of ${fuels[fuel].name.en}` },
    unit: 'tCO2e',
  };
  const lacking = withoutDefaults(inputs, fuel);
  if (lacking !== null) return missing(asked, lacking, [amount]);
  const id = amount.trace.id;
  const carbon = fuelFactors(inputs, fuel);
  const gases = burntGases(inputs, fuel);
  const named = Object.keys(gases).length > 0 ? asked : { ...asked, notes: [carbonDioxideOnly] };
  const formula = [
    `${id} * ncv * carbon_content * oxidation * co2_per_carbon`,
    ...Object.keys(gases).flatMap((name) => (name.startsWith('gwp_') ? [] : [`${id} * ncv * ${name} * gwp_${name}`])),
  ].join(' + ');
  return derive(named, formula, { [id]: amount, ...carbon, ...gases });
}

function withoutDefaults(inputs: Inputs, fuel: Fuel): Text | null {
  const family = inputs.site.factors.fuels;
  if (hasFactor({ ...factorScope(inputs), kind: 'fuel', family, carrier: fuel })) return null;
  return {
    zh: `${family} 中没有 ${fuels[fuel].name.zh} 的缺省值；两套缺省值不得混用，请自行补充因子`,
    en: `${family} has no defaults for ${fuels[fuel].name.en}; families must not mix: supply a factor of your own`,
  };
}

const carbonDioxideOnly = {
  zh: '因子来源未给出燃烧的 CH4 与 N2O：仅计 CO2',
  en: 'the source of the factors gives no CH4 and N2O of combustion: CO2 only',
};

/** Methane and nitrous oxide of combustion, where the family of fuels gives them: no default is invented. */
function burntGases(inputs: Inputs, fuel: Fuel): Record<string, Figure> {
  const chosen = chooseFactor({
    ...factorScope(inputs),
    kind: 'fuel',
    family: inputs.site.factors.fuels,
    carrier: fuel,
  });
  return otherGases(inputs, chosen, '燃烧', 'combustion');
}

function otherGases(inputs: Inputs, chosen: Chosen, zh: string, en: string): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const [part, gas] of [
    ['ch4', 'CH4'],
    ['n2o', 'N2O'],
  ] as const) {
    if (chosen.row[part] === undefined) continue;
    figures[part] = factorFigure(part, { zh: `${zh} ${gas} 因子`, en: `${gas} of ${en}` }, chosen, part);
    figures[`gwp_${part}`] = potentialOf(inputs, gas);
  }
  return figures;
}

function fuelFactors(inputs: Inputs, fuel: Fuel): Record<string, Figure> {
  const chosen: Chosen = chooseFactor({
    ...factorScope(inputs),
    kind: 'fuel',
    family: inputs.site.factors.fuels,
    carrier: fuel,
  });
  return {
    ncv: factorFigure('ncv', { zh: '低位发热量', en: 'net calorific value' }, chosen, 'ncv'),
    carbon_content: factorFigure('carbon_content', { zh: '单位热值含碳量', en: 'carbon content' }, chosen, 'carbon'),
    oxidation: factorFigure('oxidation', { zh: '碳氧化率', en: 'oxidation' }, chosen, 'oxidation'),
    co2_per_carbon: carbonToCo2,
  };
}

/** What measures of the year saved, at the factors of the year's own inventory. */
function reductions(inputs: Inputs, factors: { grid: GridFactors; heat: Figure }): Figure {
  const parts = entriesOf(inputs, 'measure')
    .filter(({ entry }) => entry.year === inputs.year)
    .flatMap((revision) =>
      revision.entry.saves.map(({ carrier, amount, unit }, index) => {
        const saved = ledgerFigure(revision.entry.title, unit, amount, revision);
        const id = index === 0 ? `reduction.${revision.entry.id}` : `reduction.${revision.entry.id}.${index + 1}`;
        const naming = { id, name: revision.entry.title, unit: 'tCO2e' };
        if (carrier === 'electricity') return ofPower(naming, { saved }, factors.grid);
        if (carrier === 'heat') return derive(naming, 'saved * heat_factor', { saved, heat_factor: factors.heat });
        const lacking = withoutDefaults(inputs, carrier);
        if (lacking !== null) return missing(naming, lacking, [saved]);
        return derive(naming, 'saved * ncv * carbon_content * oxidation * co2_per_carbon', {
          saved,
          ...fuelFactors(inputs, carrier),
        });
      }),
    );
  return sumOf(naming('reductions'), parts, true);
}
