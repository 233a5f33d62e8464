// Owns what kinds of entries, their fields and their allowed values are called.
import { fuels, isFuel } from '../../../core/fuels.ts';
import type { LedgerKind } from '../../../core/ledger.ts';
import type { Text } from '../../../core/text.ts';
import { text } from '../format.ts';
import { language } from '../state.ts';

const both = (zh: string, en: string): Text => ({ zh, en });

export const kindNames: Record<LedgerKind, Text> = {
  certificate: both('绿证', 'Certificates'),
  retirement: both('绿证核销', 'Retirements'),
  contract: both('绿电合同', 'Green power contracts'),
  credit: both('碳信用', 'Carbon credits'),
  measure: both('减排措施', 'Measures'),
  booking: both('发票与记账', 'Bookings'),
  production: both('产量', 'Production'),
  fact: both('年度数据', 'Figures of a year'),
  emission: both('其他排放', 'Other emissions'),
  attestation: both('声明', 'Attestations'),
  exemption: both('豁免说明', 'Exemptions'),
  activity: both('活动', 'Activities'),
  base_year: both('基准年', 'Base year'),
  closing: both('关账', 'Closings'),
  document: both('佐证文件', 'Documents'),
  factor: both('自有因子', 'Own factors'),
  import: both('读数导入', 'Imports of readings'),
  correction: both('读数更正', 'Corrections'),
  seal: both('封存', 'Seals'),
};

const fieldNames: Record<string, Text> = {
  id: both('编号', 'Id'),
  note: both('备注', 'Note'),
  evidence: both('佐证', 'Evidence'),
  generationYear: both('发电年', 'Year of generation'),
  generationMonth: both('发电月', 'Month of generation'),
  count: both('数量（个，每个 1 MWh）', 'Count (1 MWh each)'),
  retired: both('其中已核销（个）', 'of them retired'),
  retiredFor: both('核销用于的年份', 'Retired for the year'),
  tradable: both('可交易', 'Tradable'),
  technology: both('技术', 'Technology'),
  serials: both('编号区间', 'Serials'),
  series: both('系列', 'Series'),
  from: both('起', 'From'),
  to: both('止', 'To'),
  certificate: both('绿证条目', 'Certificate entry'),
  forYear: both('用于年份', 'For the year'),
  date: both('日期', 'Date'),
  seller: both('售方', 'Seller'),
  year: both('年份', 'Year'),
  amount: both('数量', 'Amount'),
  unit: both('单位', 'Unit'),
  program: both('机制', 'Programme'),
  vintage: both('签发年', 'Vintage'),
  tonnes: both('吨（tCO₂e）', 'Tonnes (tCO₂e)'),
  title: both('名称', 'Title'),
  zh: both('中文', 'Chinese'),
  en: both('英文', 'English'),
  actsOn: both('作用对象', 'Acts on'),
  method: both('方法', 'Method'),
  baseline: both('基线', 'Baseline'),
  saves: both('节约量', 'Saves'),
  carrier: both('能源品种', 'Carrier'),
  pack: both('标准', 'Standard'),
  clause: both('条款', 'Clause'),
  met: both('满足', 'Met'),
  by: both('负责人', 'By'),
  source: both('来源', 'Source'),
  gas: both('气体', 'Gas'),
  activity: both('活动量', 'Activity'),
  factor: both('因子', 'Factor'),
  value: both('数值', 'Value'),
  factorsAsOf: both('因子截至', 'Factors as of'),
  name: both('名称', 'Name'),
  product: both('产品', 'Product'),
  topic: both('主题', 'Topic'),
  indicator: both('指标', 'Indicator'),
  reason: both('理由', 'Reason'),
  type: both('类型', 'Type'),
  sha256: both('SHA-256', 'SHA-256'),
  file: both('文件', 'File'),
  validFrom: both('有效期起', 'Valid from'),
  validTo: both('有效期止', 'Valid to'),
  proves: both('所证明的要求', 'Proves'),
  family: both('系列', 'Family'),
  region: both('区域', 'Region'),
  dataYear: both('数据年', 'Data year'),
  ncv: both('低位发热量', 'Net calorific value'),
  carbon: both('单位热值含碳量', 'Carbon content'),
  oxidation: both('氧化率', 'Oxidation'),
  publisher: both('发布方', 'Publisher'),
  notice: both('文号', 'Notice'),
  supersedes: both('取代', 'Supersedes'),
};

const valueNames: Record<string, Text> = {
  wind: both('风电', 'wind'),
  pv: both('光伏', 'solar'),
  biomass: both('生物质', 'biomass'),
  hydro: both('水电', 'hydro'),
  other: both('其他', 'other'),
  electricity: both('电', 'electricity'),
  heat: both('热力', 'heat'),
  heat_sold: both('外售热力', 'heat sold'),
  process: both('工业过程', 'process'),
  refrigerant: both('制冷剂', 'refrigerant'),
  fugitive: both('逸散', 'fugitive'),
  certificate: both('证书', 'certificate'),
  invoice: both('发票', 'invoice'),
  contract: both('合同', 'contract'),
  calibration: both('检定证书', 'calibration'),
  report: both('报告', 'report'),
  permit: both('许可', 'permit'),
  photo: both('照片', 'photo'),
  grid_average: both('电力平均', 'grid average'),
  grid_residual: both('电力（不含市场化绿电）', 'grid residual'),
  grid_fossil: both('化石能源电力', 'grid fossil'),
  electricity_footprint: both('电力碳足迹', 'electricity footprint'),
  fuel: both('燃料', 'fuels'),
  coal_equivalent: both('折标煤（当量值）', 'coal equivalent'),
  coal_equivalent_primary: both('折标煤（等价值）', 'coal equivalent, primary'),
  gwp: both('全球变暖潜势', 'warming potential'),
  true: both('是', 'yes'),
  false: both('否', 'no'),
};

export const kindName = (kind: string): string => text(kindNames[kind as LedgerKind] ?? both(kind, kind));

export function fieldName(field: string): string {
  const known = fieldNames[field];
  return known === undefined ? field : text(known);
}

export function valueName(value: string): string {
  const known = valueNames[value];
  if (known !== undefined) return text(known);
  return isFuel(value) ? fuels[value].name[language.value] : value;
}
