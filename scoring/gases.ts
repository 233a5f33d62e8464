// Owns greenhouse gases: the warming potential of each in the set that a site chose, and what refrigerant blends are made of.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { chooseFactor, factorFigure, hasFactor } from './factors.ts';
import { constant, derive, type Figure, missing } from './figure.ts';
import { factorScope, type Inputs } from './inputs.ts';

/** Shares by mass, in percent (ASHRAE 34). */
const blends: Record<string, Record<string, number>> = {
  R410A: { 'HFC-32': 50, 'HFC-125': 50 },
  R407C: { 'HFC-32': 23, 'HFC-125': 25, 'HFC-134a': 52 },
  R404A: { 'HFC-125': 44, 'HFC-143a': 52, 'HFC-134a': 4 },
  R507A: { 'HFC-125': 50, 'HFC-143a': 50 },
};
const aliases: Record<string, string> = {
  R32: 'HFC-32',
  R125: 'HFC-125',
  R134a: 'HFC-134a',
  R22: 'HCFC-22',
  R23: 'HFC-23',
};

const potentialName = (gas: string, set: string): Text => ({
  zh: `${gas} 的全球变暖潜势（${set}）`,
  en: `warming potential of ${gas} (${set})`,
});

export function potentialOf(inputs: Inputs, gas: string): Figure {
  const set = inputs.site.factors.gwp;
  const known = aliases[gas] ?? gas;
  const asked = { id: 'gwp', name: potentialName(gas, set), unit: 'kgCO2e/kg' };
  if (known === 'CO2') return constant({ ...asked, notes: [{ zh: '定义', en: 'by definition' }] }, Rational.one);
  const blend = blends[known];
  if (blend === undefined) return { ...pure(inputs, known, 'gwp') };
  const parts = Object.entries(blend).map(([one, share], index) => ({
    potential: pure(inputs, one, `gwp${index}`),
    share,
  }));
  const formula = parts.map(({ share }, index) => `${share} / 100 * gwp${index}`).join(' + ');
  return derive(asked, formula, Object.fromEntries(parts.map(({ potential }, index) => [`gwp${index}`, potential])));
}

function pure(inputs: Inputs, gas: string, id: string): Figure {
  const set = inputs.site.factors.gwp;
  const query = { ...factorScope(inputs), kind: 'gwp' as const, family: set, carrier: gas };
  if (hasFactor(query)) return factorFigure(id, potentialName(gas, set), chooseFactor(query));
  const reason = { zh: `${set} 没有 ${gas} 的数值`, en: `${set} has no value for ${gas}` };
  return missing({ id, name: potentialName(gas, set), unit: 'kgCO2e/kg' }, reason);
}
