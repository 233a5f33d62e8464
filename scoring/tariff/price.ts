// Owns the price of a kWh: what floats times its ratio, rounded as the notice says, and what does not float on top.
import { Rational } from '../../core/rational.ts';
import { type Band, bands } from './bands.ts';
import { roundHalfUp } from './decimal.ts';
import type { TariffTable } from './schema.ts';

export type Ratio = { value: Rational | null; by: 'notice' | 'plant' | 'not_stated' };
export type Ratios = Record<Band, Ratio>;

/** What a notice does not state is what the plant supplied, or nothing. */
export function ratiosOf({ ratio }: TariffTable, supplied: Partial<Record<Band, number>>): Ratios {
  const of = (band: Band): Ratio => {
    if (band === 'flat') return { value: Rational.one, by: 'notice' };
    const own = supplied[band];
    if (own !== undefined) return { value: Rational.fromDecimal(own), by: 'plant' };
    const stated = ratio[band];
    if (stated === undefined || stated === 'not_stated') return { value: null, by: 'not_stated' };
    if (typeof stated === 'number') return { value: Rational.fromDecimal(stated), by: 'notice' };
    const other = of(stated.of);
    return { value: other.value?.times(Rational.fromDecimal(stated.times)) ?? null, by: other.by };
  };
  return Object.fromEntries(bands.map((band) => [band, of(band)])) as Ratios;
}

export type Price = { base: Rational; fixed: Rational };

export function priceOf({ base, fixed }: Price, ratio: Ratio, rounding: string | undefined): Rational | null {
  if (ratio.value === null) return null;
  const floating = base.times(ratio.value);
  return (rounding === undefined ? floating : roundHalfUp(floating, Rational.fromDecimal(rounding))).plus(fixed);
}
