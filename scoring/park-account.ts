// Owns the account of a park: what its factories hand in, summed, and what its own ledger declares beside them.
import { isMain } from '../core/config/roles.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { Rational } from '../core/rational.ts';
import { isUsed } from './account/energy.ts';
import { type Account, accountFor } from './emissions.ts';
import { type Figure, leaf, sumOf } from './figure.ts';
import type { Inputs } from './inputs.ts';
import type { HandedIn } from './park.ts';
import { naming, type QuantityId, quantityIds } from './vocabulary.ts';

const emitted = [
  'emissions_fuel',
  'emissions_heat',
  'emissions_heat_sold',
  'emissions_process',
  'emissions_refrigerants',
] as const;

/** A park's totals are of what its ledger books: with electricity where there are bills, and without where there are none. */
const totals: Partial<Record<QuantityId, readonly QuantityId[]>> = {
  energy_total: ['energy_electricity', 'energy_fuels', 'energy_heat'],
  emissions_total: ['emissions_electricity', ...emitted],
  emissions_total_market: ['emissions_electricity_market', ...emitted],
};

/** What a park without meters and bills does not have. Anything else that its ledger leaves open leaves the sum open. */
const notOwned: readonly QuantityId[] = [
  'grid_import',
  'electricity_consumed',
  'energy_electricity',
  'emissions_electricity',
  'emissions_electricity_market',
  'water_taken',
  'waste_weighed',
];

/** A park with a main meter of its own is judged by that: its factories lie below it, and would count twice. */
export function accountOfPark(inputs: Inputs, handedIn: readonly HandedIn[]): Account {
  const main = inputs.site.meters.find(isMain);
  if (main !== undefined)
    throw new Fault(
      'park_metered',
      {
        zh: `园区有自己的总表 ${main.id}，工厂在其下，不能再相加：请用 tanbiao score --site ${inputs.site.site}`,
        en: `the park has a main meter of its own, ${main.id}: its factories lie below it and would count twice; use tanbiao score --site ${inputs.site.site}`,
      },
      { exitCode: exitCodes.configuration },
    );
  const own = accountFor(inputs);
  const factories = [...new Map(handedIn.map((one) => [one.score.site, one])).values()].sort((a, b) =>
    a.score.site < b.score.site ? -1 : 1,
  );
  const known = (id: QuantityId): Figure[] => {
    const parts = totals[id];
    if (inputs.ledger.length === 0) return [];
    return (parts ?? [id])
      .filter((part) => isUsed(own[part]) && (own[part].exact !== null || !notOwned.includes(part)))
      .map((part) => own[part]);
  };
  return Object.fromEntries(
    quantityIds.map((id) => [id, sumOf(naming(id), [...factories.map((one) => handed(one, id)), ...known(id)], false)]),
  ) as Account;
}

/** As the factory computed it; the file that it came in opens it further. */
function handed({ score: { site, account, year }, evidence }: HandedIn, id: QuantityId): Figure {
  const told = account[id];
  const { name, unit } = naming(id);
  const named = {
    id: `${site}.${id}`,
    name: { zh: `${site}：${name.zh}`, en: `${site}: ${name.en}` },
    unit: told?.unit ?? unit,
  };
  const source = {
    zh: `${site} ${year} 年得分文件 sha256:${evidence}`,
    en: `the score of ${site} for ${year}, sha256:${evidence}`,
  };
  const lacking = { zh: `${site} 没有该数`, en: `${site} does not know it` };
  const value = told?.value ?? null;
  return leaf(
    { ...named, notes: value === null ? [lacking, source] : [source] },
    value === null ? null : Rational.fromDecimal(value),
    {
      coverage: told?.coverage ?? null,
      quality: told?.quality ?? 0,
    },
  );
}
