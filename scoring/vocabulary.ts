// Owns the quantities that a plant's account offers to the standards: a closed list, with units that packs are checked against.
import { type Fuel, fuelIds, fuels } from '../core/fuels.ts';
import type { Text } from '../core/text.ts';

const quantity = (unit: string, zh: string, en: string) => ({ unit, name: { zh, en } satisfies Text });
type Quantity = ReturnType<typeof quantity>;

export type FuelQuantity = `${Fuel}_consumed`;

const consumed = Object.fromEntries(
  fuelIds.map((id) => [
    `${id}_consumed`,
    quantity(fuels[id].unit, `${fuels[id].name.zh}消费量`, `${fuels[id].name.en} consumed`),
  ]),
) as Record<FuelQuantity, Quantity>;

export const vocabulary = {
  grid_import: quantity('kWh', '下网电量', 'electricity from the grid'),
  grid_export: quantity('kWh', '上网电量', 'electricity to the grid'),
  electricity_generated: quantity('kWh', '自发电量', 'electricity generated on site'),
  electricity_self_used: quantity('kWh', '自发自用电量', 'own generation used on site'),
  electricity_consumed: quantity('kWh', '用电总量', 'electricity consumed'),
  storage_charged: quantity('kWh', '储能充电量', 'electricity charged into storage'),
  storage_discharged: quantity('kWh', '储能放电量', 'electricity discharged from storage'),
  storage_losses: quantity('kWh', '储能损耗', 'storage losses'),
  ...consumed,
  heat_purchased: quantity('GJ', '购入热力', 'heat purchased'),
  heat_sold: quantity('GJ', '外供热力', 'heat sold'),
  water_taken: quantity('m3', '取水量（计量）', 'water taken in, as metered'),
  waste_weighed: quantity('t', '固体废物量（计量）', 'waste, as weighed'),
  energy_fuels: quantity('tce', '燃料消费量（折标准煤）', 'fuels consumed, in standard coal'),
  energy_heat: quantity('tce', '购入热力（折标准煤，当量值）', 'heat purchased, in standard coal (calorific)'),
  energy_total: quantity('tce', '综合能源消费量（电力按当量值）', 'total energy (electricity on the calorific basis)'),
  energy_electricity: quantity('tce', '用电量（折标准煤，当量值）', 'electricity, in standard coal (calorific)'),
  certificates_retired: quantity('MWh', '已核销绿证对应电量', 'power of retired green certificates'),
  green_power_contracted: quantity(
    'MWh',
    '绿电合同电量（未随附绿证）',
    'green power by contract (without certificates)',
  ),
  credits_retired: quantity('tCO2e', '已注销碳信用', 'carbon credits retired'),
  reductions: quantity('tCO2e', '边界内碳减排量', 'reductions within the boundary'),
  emissions_electricity: quantity(
    'tCO2e',
    '购入电力排放（基于位置）',
    'emissions of purchased electricity (location-based)',
  ),
  emissions_electricity_sold: quantity(
    'tCO2e',
    '输出电力对应排放（单列，不扣减）',
    'emissions of electricity sold (apart, not deducted)',
  ),
  emissions_electricity_market: quantity(
    'tCO2e',
    '购入电力排放（基于市场）',
    'emissions of purchased electricity (market-based)',
  ),
  emissions_fuel: quantity('tCO2e', '燃料燃烧排放', 'emissions of fuel combustion'),
  emissions_heat: quantity('tCO2e', '购入热力排放', 'emissions of purchased heat'),
  emissions_heat_sold: quantity('tCO2e', '外供热力扣减', 'emissions of heat sold, deducted'),
  emissions_process: quantity('tCO2e', '工业过程排放', 'process emissions'),
  emissions_refrigerants: quantity('tCO2e', '制冷剂与其他逸散排放', 'emissions of refrigerants and leaks'),
  emissions_biomass: quantity(
    'tCO2e',
    '生物质排放（单列，不计入总量）',
    'emissions of biomass (apart, not in the total)',
  ),
  emissions_total: quantity('tCO2e', '碳排放总量（基于位置）', 'total emissions (location-based)'),
  emissions_total_market: quantity('tCO2e', '碳排放总量（基于市场）', 'total emissions (market-based)'),
} as const;

export type QuantityId = keyof typeof vocabulary;
export const quantityIds = Object.keys(vocabulary) as QuantityId[];

export const naming = (id: QuantityId) => ({ id, ...vocabulary[id] });
