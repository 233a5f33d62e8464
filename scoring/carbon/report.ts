// Owns a year's emissions as they are told: by source and month, location against market, intensity, and the bridge from the year before.
import type { Period } from '../../core/calendar.ts';
import { type Rational, sum } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import type { FactorLeaf, Trace } from '../../core/trace.ts';
import { leavesOf } from '../../core/trace.ts';
import { factOf } from '../account/declared.ts';
import { isUsed } from '../account/energy.ts';
import { type Account, accountFor, sourcesOf } from '../emissions.ts';
import { derive, type Figure } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { bridgeOf, totalOf } from './bridge.ts';
import { type EmissionMonth, monthsOf } from './months.ts';

export type SourceReport = {
  id: string;
  name: Text;
  scope: 1 | 2;
  value: number | null;
  activity: { name: Text; value: number | null; unit: string } | null;
  factors: FactorLeaf[];
  /** Over the months that are compared. */
  compared: { now: number; before: number } | null;
};

export type MonthReport = Period & {
  month: number;
  /** What is known of it; null: nothing is. */
  total: number | null;
  /** The same month of the year before. */
  before: number | null;
  missing: boolean;
  of: { id: string; value: number; apportioned: number; missing: boolean; coverage: number | null }[];
};

export type BridgeReport = {
  before: number;
  after: number;
  steps: { id: string; name: Text; activity: number; factor: number }[];
};

export type CarbonReport = Period & {
  year: number;
  /** How many months of both years are compared: those that are over. */
  comparedMonths: number;
  sources: SourceReport[];
  months: MonthReport[];
  /** What is left after green power is deducted counts at this. */
  residualFactor: Trace | null;
  bridge: BridgeReport | { missing: Text };
  /** Intensities and totals of the year before, by id. */
  before: Record<string, number | null>;
  /** What can be opened. */
  traces: Trace[];
};

/** `now` decides which months are over. */
export function carbonReport(inputs: Inputs, account: Account, past: Inputs, now: number): CarbonReport {
  const months = monthsOf(inputs);
  const pastMonths = monthsOf(past);
  const over = months.filter(({ end }) => end <= now).length;
  const sources = sourcesOf(inputs, account);
  const [compared, comparedPast] = [months.slice(0, over), pastMonths.slice(0, over)];
  const bridge = bridgeOf(comparedPast, compared);
  const emitted = (list: readonly EmissionMonth[], id: string) =>
    sum(list.flatMap((one) => one.sources.filter((source) => source.id === id).map(({ emission }) => emission)));
  const intensities = intensitiesOf(inputs, account);
  const pastAccount = accountFor(past);
  return {
    year: inputs.year,
    ...inputs.period,
    comparedMonths: over,
    sources: sources.map(({ id, scope, figure: { trace }, activity }) => ({
      id,
      name: trace.name,
      scope,
      value: trace.value,
      activity:
        activity === null
          ? null
          : { name: activity.trace.name, value: activity.trace.value, unit: activity.trace.unit },
      factors: [...leavesOf(trace)].flatMap(({ factor }) => (factor === undefined ? [] : [factor])),
      compared:
        'missing' in bridge
          ? null
          : { now: emitted(compared, id).toNumber(), before: emitted(comparedPast, id).toNumber() },
    })),
    months: months.map((one, index) => monthReport(one, pastMonths[index])),
    residualFactor: account.emissions_electricity_market.trace.parts.find(({ id }) => id === 'residual_factor') ?? null,
    bridge:
      'missing' in bridge
        ? bridge
        : {
            before: bridge.before.toNumber(),
            after: bridge.after.toNumber(),
            steps: bridge.steps.map(({ activity, factor, ...named }) => ({
              ...named,
              activity: activity.toNumber(),
              factor: factor.toNumber(),
            })),
          },
    before: Object.fromEntries(
      [pastAccount.emissions_total, pastAccount.emissions_total_market, ...intensitiesOf(past, pastAccount)].map(
        ({ trace }) => [trace.id, trace.value],
      ),
    ),
    traces: [
      account.emissions_total,
      account.emissions_total_market,
      account.emissions_electricity_market,
      account.grid_import,
      account.certificates_retired,
      account.green_power_contracted,
      ...(isUsed(account.emissions_biomass) ? [account.emissions_biomass] : []),
      ...sources.map(({ figure }) => figure),
      ...intensities,
    ].map(({ trace }) => trace),
  };
}

function monthReport(one: EmissionMonth, past: EmissionMonth | undefined): MonthReport {
  const known = (month: EmissionMonth | undefined): Rational | null =>
    month === undefined || month.sources.every(({ emission }) => emission.isZero) ? null : totalOf([month]);
  return {
    start: one.start,
    end: one.end,
    month: one.month,
    total: known(one)?.toNumber() ?? null,
    before: known(past)?.toNumber() ?? null,
    missing: one.sources.some(({ missing }) => missing),
    of: one.sources.map(({ id, emission, apportioned, missing, coverage }) => ({
      id,
      value: emission.toNumber(),
      apportioned: apportioned.toNumber(),
      missing,
      coverage,
    })),
  };
}

/** Only those whose denominator the ledger has. */
function intensitiesOf(inputs: Inputs, { emissions_total }: Account): Figure[] {
  const of = (fact: string, zh: string, en: string): Figure[] => {
    const denominator = factOf(inputs, { id: fact, name: { zh, en }, unit: '万元' }, fact, 'current');
    if (denominator.exact === null) return [];
    const naming = {
      id: `carbon_per_${fact}`,
      name: { zh: `单位${zh}碳排放`, en: `emissions per ${en}` },
      unit: 'tCO2e/万元',
    };
    return [derive(naming, `emissions_total / ${fact}`, { emissions_total, [fact]: denominator })];
  };
  return [...of('output_value', '产值', 'output value'), ...of('added_value', '增加值', 'added value')];
}
