// Owns the carbon rate of the moment: what the plant emits per hour at the powers that its meters show now.
import { Calendar } from '../core/calendar.ts';
import { metersIn } from '../core/config/roles.ts';
import type { Site } from '../core/config/site.ts';
import type { MeterConfig } from '../core/config/site-schema.ts';
import type { Revision } from '../core/ledger.ts';
import type { PointId } from '../core/points.ts';
import { convert } from '../core/units.ts';
import { chooseFactor, factorFigure } from './factors.ts';
import { factorScope, type Plant } from './inputs.ts';

/** The newest value of a point, or null when it is missing, bad or stale. */
export type Now = (meter: string, point: PointId) => number | null;

/** kg CO2e per hour. A source that no meter of the plant measures is left out, and stands in no part. */
export type CarbonRate = {
  /** Null when a source that is metered is not known at the moment. */
  rate: number | null;
  electricity?: number | null;
  fuel?: number | null;
  heat?: number | null;
};

/** Kilograms of CO2e per unit of flow. */
export type RateFactors = { perKilowattHour: number; perNormalCubicMetre: number; perGigajoule: number };

/** A closed year keeps the factors of the day it was closed, here as in its score. */
export function rateFactors(site: Plant, now: number, ledger: readonly Revision[]): RateFactors {
  const year = new Calendar(site.timezone).yearOf(now);
  const scope = factorScope({ site, year, ledger });
  const kilograms = (id: string, query: Omit<Parameters<typeof chooseFactor>[0], 'year'>, unit: string) => {
    const { value, unit: own } = factorFigure(id, { zh: id, en: id }, chooseFactor({ ...query, ...scope })).trace;
    return convert(value ?? 0, own, unit);
  };
  const fuel = chooseFactor({ kind: 'fuel', family: site.factors.fuels, carrier: 'natural_gas', ...scope }).row;
  const heatPerCubicMetre = convert(fuel.ncv?.value ?? 0, fuel.ncv?.unit ?? '', 'GJ/Nm3');
  const carbonPerHeat = convert(fuel.carbon?.value ?? 0, fuel.carbon?.unit ?? '', 'tC/GJ');
  const perCubicMetre = heatPerCubicMetre * carbonPerHeat * (fuel.oxidation ?? 0) * (44 / 12) * 1_000;
  return {
    perKilowattHour: kilograms('grid', { kind: 'grid_average', ...site.factors.grid }, 'kgCO2/kWh'),
    perNormalCubicMetre: perCubicMetre,
    perGigajoule: kilograms('heat', { kind: 'heat' }, 'kgCO2/GJ'),
  };
}

export function carbonRate(site: Site, factors: RateFactors, now: Now): CarbonRate {
  const emitted = (meters: readonly MeterConfig[], point: PointId, factor: number): number | null | undefined => {
    const flows = meters.map(({ id }) => now(id, point));
    if (flows.length === 0) return undefined;
    return flows.includes(null) ? null : flows.reduce<number>((sum, flow) => sum + Math.max(0, flow ?? 0), 0) * factor;
  };
  const parts = {
    electricity: emitted(metersIn(site.meters, 'grid_import'), 'power', factors.perKilowattHour),
    fuel: emitted(metersIn(site.meters, 'fuel', 'natural_gas'), 'gas_flow', factors.perNormalCubicMetre),
    heat: emitted(metersIn(site.meters, 'heat'), 'heat_power', (factors.perGigajoule * 3_600) / 1_000_000),
  };
  const metered = Object.entries(parts).filter(([, part]) => part !== undefined) as [
    keyof typeof parts,
    number | null,
  ][];
  const known = metered.every(([, part]) => part !== null);
  return {
    rate: known && metered.length > 0 ? metered.reduce((sum, [, part]) => sum + (part ?? 0), 0) : null,
    ...Object.fromEntries(metered),
  };
}
