// Owns the energy flow of a period: what came in by each carrier and where the meters say it went, in its own unit, tce and tCO2e.
import { Calendar, day, type Period } from '../core/calendar.ts';
import { isMain } from '../core/config/roles.ts';
import type { Site } from '../core/config/site.ts';
import type { Revision } from '../core/ledger.ts';
import type { PointId } from '../core/points.ts';
import { seriesName } from '../core/sample.ts';
import type { Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import { convert } from '../core/units.ts';
import { balanceElectricity } from './account/electricity.ts';
import { roleFigure } from './account/meters.ts';
import { balanceTree } from './account/tree.ts';
import { rateFactors } from './carbon-rate.ts';
import { chooseFactor, hasFactor } from './factors.ts';
import { factorScope, type Inputs, type Reader, seriesOf } from './inputs.ts';

export type FlowNode = {
  id: string;
  name: Text;
  /** Null: a meter that it stands on has no readings. Negative: the meters below show more than the one above. */
  amount: number | null;
  /** Calorific basis. */
  tce: number | null;
  tCO2e: number | null;
  coverage: number | null;
  children: FlowNode[];
};

export type CarrierFlow = { carrier: string; name: Text; unit: string; sources: FlowNode[]; uses: FlowNode[] };
export type EnergyFlow = { period: Period; carriers: CarrierFlow[] };

const names = {
  grid: { zh: '下网', en: 'grid' },
  generation: { zh: '光伏', en: 'PV' },
  export: { zh: '上网', en: 'export' },
  unmetered: { zh: '未计量', en: 'not metered' },
  consumed: { zh: '用电', en: 'in use' },
  electricity: { zh: '电', en: 'electricity' },
  heat: { zh: '热', en: 'heat' },
  natural_gas: { zh: '天然气', en: 'natural gas' },
} as const satisfies Record<string, Text>;

/** Longer periods are summed over days: sums of slots are the same, and there are a hundred times fewer. */
const longestByQuarters = 3 * day;

export async function energyFlow(
  site: Site,
  store: Pick<Reader, 'slots'>,
  period: Period,
  ledger: readonly Revision[],
): Promise<EnergyFlow> {
  const keys = seriesOf(site);
  const resolution = period.end - period.start > longestByQuarters ? 'day' : 'quarter';
  const slots = await store.slots(keys, resolution, period);
  return flowOf({
    site,
    year: new Calendar(site.timezone).yearOf(period.start),
    period,
    slots: new Map(keys.map((key, index) => [seriesName(key), slots[index] ?? []])),
    facts: new Map(),
    ledger: ledger.filter(({ entry: { kind } }) => kind === 'factor' || kind === 'closing'),
  });
}

export function flowOf(inputs: Inputs): EnergyFlow {
  const carbon = rateFactors(inputs.site, inputs.period.start, inputs.ledger);
  const carriers = [
    electricityFlow(inputs, carbon.perKilowattHour / 1_000),
    ...['natural_gas', 'heat'].map((carrier) => {
      const perUnit = carrier === 'heat' ? carbon.perGigajoule / 1_000 : carbon.perNormalCubicMetre / 1_000;
      return meteredFlow(inputs, carrier, perUnit);
    }),
    ...otherFuels(inputs).map((carrier) => meteredFlow(inputs, carrier, null)),
  ];
  return { period: inputs.period, carriers: carriers.filter(({ sources }) => sources.length > 0) };
}

const otherFuels = ({ site }: Inputs): string[] => [
  ...new Set(
    site.meters
      .filter(({ role, carrier }) => role === 'fuel' && carrier !== 'natural_gas')
      .map(({ carrier }) => carrier),
  ),
];

function coalPer(inputs: Inputs, carrier: string, unit: string): number | null {
  const query = { ...factorScope(inputs), kind: 'coal_equivalent' as const, carrier };
  if (!hasFactor(query)) return null;
  const { row } = chooseFactor(query);
  return row.value === undefined ? null : convert(row.value, row.unit ?? row.file.unit ?? '', `tce/${unit}`);
}

type Amounts = Pick<FlowNode, 'amount' | 'coverage'>;
const times = (amount: number | null, factor: number | null): number | null =>
  amount === null || factor === null ? null : amount * factor;

/** A purchase has its factor; whoever uses electricity has the part of it that is theirs, own generation being free of it. */
function electricityFlow(inputs: Inputs, carbon: number): CarrierFlow {
  const { site } = inputs;
  const coal = coalPer(inputs, 'electricity', 'kWh');
  const { grid_import, grid_export, electricity_generated, electricity_consumed } = balanceElectricity(inputs);
  const tree = balanceTree(inputs, electricity_consumed);
  const { value: imported } = grid_import.trace;
  const { value: consumed } = electricity_consumed.trace;
  const shared = imported === null || consumed === null || consumed <= 0 ? null : (imported * carbon) / consumed;
  const node = (
    id: string,
    name: Text,
    { value, coverage }: Trace,
    factor: number | null,
    children: FlowNode[] = [],
  ) => ({
    id,
    name,
    amount: value,
    tce: times(value, coal),
    tCO2e: times(value, factor),
    coverage,
    children,
  });
  /** The first part is what all the others lie below. */
  const below = (rest: Trace, id: string): FlowNode[] => [
    ...rest.parts.slice(1).map((part) => {
      const meter = part.id.split('.')[0] ?? part.id;
      const named = [...site.meters, ...site.virtual].find((one) => one.id === meter);
      const own = tree[`unmetered.${meter}`]?.trace;
      return node(
        meter,
        named?.name ?? part.name,
        part,
        shared,
        own === undefined ? [] : below(own, `unmetered.${meter}`),
      );
    }),
    node(id, names.unmetered, rest, shared),
  ];
  const hasGeneration = site.meters.some(({ role }) => role === 'generation');
  return {
    carrier: 'electricity',
    name: names.electricity,
    unit: 'kWh',
    sources: site.meters.some(isMain)
      ? [
          node('grid', names.grid, grid_import.trace, carbon),
          ...(hasGeneration ? [node('generation', names.generation, electricity_generated.trace, 0)] : []),
        ]
      : [],
    uses: [
      ...(tree.unmetered === undefined
        ? [node('consumed', names.consumed, electricity_consumed.trace, shared)]
        : below(tree.unmetered.trace, 'unmetered')),
      ...(hasGeneration || grid_export.trace.value !== 0 ? [node('export', names.export, grid_export.trace, 0)] : []),
    ],
  };
}

/** Fuel and heat: the meters at the top are where it comes in, those below them are where it goes. */
function meteredFlow(inputs: Inputs, carrier: string, carbon: number | null): CarrierFlow {
  const { site } = inputs;
  const point: PointId = carrier === 'heat' ? 'heat_energy' : 'gas_volume';
  const unit = carrier === 'heat' ? 'GJ' : 'Nm3';
  const coal = coalPer(inputs, carrier, unit);
  const meters = site.meters.filter(
    (meter) => meter.carrier === carrier && (meter.role === 'fuel' || meter.role === 'heat'),
  );
  const isBelow = (id: string | undefined) => meters.some((meter) => meter.id === id);
  const node = (id: string, name: Text, { amount, coverage }: Amounts, children: FlowNode[] = []): FlowNode => ({
    id,
    name,
    amount,
    tce: times(amount, coal),
    tCO2e: times(amount, carbon),
    coverage,
    children,
  });
  const measured = (id: string): Amounts => {
    const meter = meters.find((one) => one.id === id);
    if (meter === undefined) return { amount: null, coverage: null };
    const { value, coverage } = roleFigure(inputs, meter, point).trace;
    return { amount: value, coverage };
  };
  const under = (parent: string): FlowNode[] =>
    meters
      .filter((meter) => meter.parent === parent)
      .map(({ id, name }) => node(id, name, measured(id), withRest(id, measured(id))));
  /** What no meter below accounts for; nothing where there is no meter below. */
  const withRest = (parent: string, whole: Amounts): FlowNode[] => {
    const children = under(parent);
    if (children.length === 0) return [];
    const parts = children.map(({ amount }) => amount);
    const amount =
      whole.amount === null || parts.includes(null)
        ? null
        : parts.reduce<number>((left, part) => left - (part ?? 0), whole.amount);
    return [...children, node(`unmetered.${parent}`, names.unmetered, { amount, coverage: whole.coverage })];
  };
  const tops = meters.filter(({ parent }) => !isBelow(parent));
  const named = names[carrier as keyof typeof names] ?? { zh: carrier, en: carrier };
  return {
    carrier,
    name: named,
    unit,
    sources: tops.map(({ id, name }) => node(id, name, measured(id))),
    uses: tops.flatMap(({ id }) => {
      const children = withRest(id, measured(id));
      return children.length > 0
        ? children
        : [node(`${id}.use`, { zh: `${named.zh}（无分表）`, en: `${named.en} (no sub-meters)` }, measured(id))];
    }),
  };
}
