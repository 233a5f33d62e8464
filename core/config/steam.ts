// Owns steam that is counted in tonnes: it is no heat until somebody says at what enthalpy.
import type { Text } from '../text.ts';
import type { MeterConfig } from './site-schema.ts';

/** By the meter's own mapping; what a template reads is known only where its readings are. */
export function isHeatless({ nodes, fields, role, heatPerTonne }: Partial<MeterConfig>): boolean {
  const points = { ...nodes, ...fields };
  const isHeat = role === 'heat' || role === 'heat_export';
  return isHeat && 'steam_mass' in points && !('heat_energy' in points) && heatPerTonne === undefined;
}

export const heatless = (meter: string): Text => ({
  zh: `表计 ${meter} 只计蒸汽吨数：请按蒸汽压力、温度给出 heatPerTonne（GJ/t），或改接热量表 heat_energy；不设缺省焓值`,
  en: `meter ${meter} counts tonnes of steam only: give heatPerTonne (GJ/t) after its pressure and temperature, or read a heat_energy; there is no default enthalpy`,
});
