// Owns the closed catalogue of points: what a meter can tell, in which unit, how it behaves, and how finely it is kept.
import { Fault } from './fault.ts';
import type { Text } from './text.ts';
import type { BaseUnit } from './units.ts';

/** gauge: a state of the moment. counter: grows without end. delta: an amount per message. state: a code, not a quantity. */
export type PointKind = 'gauge' | 'counter' | 'delta' | 'state';

export type Point = {
  id: string;
  unit: BaseUnit | 'm3/h' | 'Nm3/h' | 't/h' | 'W/m2' | 'm3/min';
  kind: PointKind;
  /** Values are kept as integers of 10^-decimals, so that sums of energy are exact. */
  decimals: number;
  name: Text;
};

const define = (unit: Point['unit'], kind: PointKind, decimals: number, zh: string, en: string) => ({
  unit,
  kind,
  decimals,
  name: { zh, en },
});

const catalogue = {
  energy_import: define('kWh', 'counter', 3, '正向有功电能', 'active energy imported'),
  energy_export: define('kWh', 'counter', 3, '反向有功电能', 'active energy exported'),
  energy_total: define('kWh', 'counter', 3, '组合有功电能', 'active energy, import and export combined'),
  energy_generated: define('kWh', 'counter', 3, '发电量', 'energy generated'),
  energy_charged: define('kWh', 'counter', 3, '充电电量', 'energy charged into storage'),
  energy_discharged: define('kWh', 'counter', 3, '放电电量', 'energy discharged from storage'),
  energy_generated_day: define('kWh', 'gauge', 3, '当日发电量', 'energy generated today (resets daily)'),
  energy_reactive_import: define('kvarh', 'counter', 3, '正向无功电能', 'reactive energy imported'),
  energy_reactive_export: define('kvarh', 'counter', 3, '反向无功电能', 'reactive energy exported'),
  power: define('kW', 'gauge', 4, '有功功率', 'active power'),
  power_l1: define('kW', 'gauge', 4, 'A相有功功率', 'active power L1'),
  power_l2: define('kW', 'gauge', 4, 'B相有功功率', 'active power L2'),
  power_l3: define('kW', 'gauge', 4, 'C相有功功率', 'active power L3'),
  power_grid: define('kW', 'gauge', 4, '并网点功率', 'power at the grid connection'),
  power_reactive: define('kvar', 'gauge', 4, '无功功率', 'reactive power'),
  power_apparent: define('kVA', 'gauge', 4, '视在功率', 'apparent power'),
  power_factor: define('1', 'gauge', 4, '功率因数', 'power factor'),
  power_dc: define('kW', 'gauge', 4, '直流功率', 'DC power'),
  power_string_1: define('kW', 'gauge', 4, '第1路直流功率', 'DC power of input 1'),
  power_string_2: define('kW', 'gauge', 4, '第2路直流功率', 'DC power of input 2'),
  power_string_3: define('kW', 'gauge', 4, '第3路直流功率', 'DC power of input 3'),
  power_string_4: define('kW', 'gauge', 4, '第4路直流功率', 'DC power of input 4'),
  voltage_l1: define('V', 'gauge', 2, 'A相电压', 'voltage L1'),
  voltage_l2: define('V', 'gauge', 2, 'B相电压', 'voltage L2'),
  voltage_l3: define('V', 'gauge', 2, 'C相电压', 'voltage L3'),
  voltage_dc: define('V', 'gauge', 2, '直流电压', 'DC voltage'),
  current: define('A', 'gauge', 3, '电流', 'current, sum of the phases'),
  current_l1: define('A', 'gauge', 3, 'A相电流', 'current L1'),
  current_l2: define('A', 'gauge', 3, 'B相电流', 'current L2'),
  current_l3: define('A', 'gauge', 3, 'C相电流', 'current L3'),
  current_dc: define('A', 'gauge', 3, '直流电流', 'DC current'),
  frequency: define('Hz', 'gauge', 3, '频率', 'frequency'),
  state_of_charge: define('%', 'gauge', 2, '荷电状态', 'state of charge'),
  gas_volume: define('Nm3', 'counter', 3, '燃气量（标况）', 'gas volume at normal conditions'),
  gas_flow: define('Nm3/h', 'gauge', 3, '燃气流量（标况）', 'gas flow at normal conditions'),
  heat_energy: define('GJ', 'counter', 5, '热量', 'heat'),
  heat_power: define('kW', 'gauge', 3, '热功率', 'heat flow'),
  steam_mass: define('t', 'counter', 3, '蒸汽量', 'steam'),
  steam_flow: define('t/h', 'gauge', 3, '蒸汽流量', 'steam flow'),
  water_volume: define('m3', 'counter', 3, '水量', 'water volume'),
  water_flow: define('m3/h', 'gauge', 3, '水流量', 'water flow'),
  waste_mass: define('t', 'counter', 3, '固体废物量', 'waste weighed'),
  air_volume: define('m3', 'counter', 3, '压缩空气量', 'compressed air volume'),
  product_count: define('个', 'counter', 0, '产量', 'pieces produced'),
  temperature: define('°C', 'gauge', 2, '温度', 'temperature'),
  pressure: define('MPa', 'gauge', 4, '压力', 'pressure'),
  irradiance: define('W/m2', 'gauge', 1, '辐照度', 'irradiance'),
  device_state: define('1', 'state', 0, '设备状态', 'device state'),
  device_alarms: define('1', 'state', 0, '设备告警', 'device alarm bits'),
} as const satisfies Record<string, Omit<Point, 'id'>>;

export type PointId = keyof typeof catalogue;

export const pointIds = Object.keys(catalogue) as PointId[];

export const points = Object.fromEntries(pointIds.map((id) => [id, { id, ...catalogue[id] }])) as Record<
  PointId,
  Point & { id: PointId }
>;

export const isPointId = (id: string): id is PointId => Object.hasOwn(catalogue, id);

export function parsePointId(id: string): PointId {
  if (isPointId(id)) return id;
  throw new Fault('point_unknown', {
    zh: `未知测点 “${id}”；可用测点：${pointIds.join(' ')}`,
    en: `unknown point "${id}"; allowed: ${pointIds.join(' ')}`,
  });
}

const powersOfTen = [1, 10, 100, 1_000, 10_000, 100_000];

/** A value as it is kept: an integer count of the point's smallest step. */
export function toSteps(value: number, point: PointId): number {
  return Math.round(value * (powersOfTen[points[point].decimals] as number));
}

export function fromSteps(steps: number, point: PointId): number {
  return steps / (powersOfTen[points[point].decimals] as number);
}

/** Readings are rounded once, where they are read; from there every part of the chain holds the same number. */
export const quantise = (value: number, point: PointId): number => fromSteps(toSteps(value, point), point);
