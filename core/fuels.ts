// Owns the fuels that a plant may burn: their names, and the unit in which each is counted.
import type { Text } from './text.ts';

const fuel = (unit: 't' | 'Nm3', zh: string, en: string) => ({ unit, name: { zh, en } satisfies Text });

export const fuels = {
  natural_gas: fuel('Nm3', '天然气', 'natural gas'),
  diesel: fuel('t', '柴油', 'diesel'),
  gasoline: fuel('t', '汽油', 'gasoline'),
  lpg: fuel('t', '液化石油气', 'LPG'),
  lng: fuel('t', '液化天然气', 'LNG'),
  kerosene: fuel('t', '煤油', 'kerosene'),
  fuel_oil: fuel('t', '燃料油', 'fuel oil'),
  crude_oil: fuel('t', '原油', 'crude oil'),
  anthracite: fuel('t', '无烟煤', 'anthracite'),
  bituminous_coal: fuel('t', '烟煤', 'bituminous coal'),
  lignite: fuel('t', '褐煤', 'lignite'),
  washed_coal: fuel('t', '洗精煤', 'washed coal'),
  coke: fuel('t', '焦炭', 'coke'),
  petroleum_coke: fuel('t', '石油焦', 'petroleum coke'),
  refinery_gas: fuel('t', '炼厂干气', 'refinery gas'),
  coke_oven_gas: fuel('Nm3', '焦炉煤气', 'coke-oven gas'),
  blast_furnace_gas: fuel('Nm3', '高炉煤气', 'blast-furnace gas'),
  converter_gas: fuel('Nm3', '转炉煤气', 'converter gas'),
} as const;

export type Fuel = keyof typeof fuels;
export const fuelIds = Object.keys(fuels) as [Fuel, ...Fuel[]];
export const isFuel = (carrier: string): carrier is Fuel => Object.hasOwn(fuels, carrier);
