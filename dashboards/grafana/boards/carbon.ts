// Owns the dashboard of carbon: each year's emissions by source, what was set against them, and the activity behind them by day.
import { type Board, meter, ofMeters, ofSite, type Panel, site, zone } from '../board.ts';

const yearly = (figures: string): string =>
  `SELECT "value" FROM "account" WHERE ${ofSite} AND "figure" =~ /^(${figures})$/ AND $timeFilter GROUP BY "figure"`;

const newest = (figure: string): string =>
  `SELECT last("value") FROM "account" WHERE ${ofSite} AND "figure" = '${figure}' AND $timeFilter GROUP BY "figure"`;

const tonnes: Pick<Panel, 'unit' | 'decimals'> = { unit: 'suffix: tCO₂e', decimals: 1 };

const words = {
  emissions_electricity: { zh: '外购电力', en: 'purchased electricity' },
  emissions_fuel: { zh: '燃料燃烧', en: 'fuel burnt' },
  emissions_heat: { zh: '外购热力', en: 'purchased heat' },
  emissions_process: { zh: '工艺过程', en: 'process' },
  emissions_refrigerants: { zh: '制冷剂等逸散', en: 'refrigerants and leaks' },
};

export const carbon: Board = {
  uid: 'tanbiao-carbon',
  file: 'carbon',
  title: { zh: '碳表 · 碳排放', en: 'Tanbiao · Carbon' },
  about: {
    zh: '年度排放与评价结果一致，每个数字可在碳表中逐步追溯；本年为年初至今。没有数值的来源不显示，不按零计。',
    en: 'Yearly emissions as they are scored; each can be traced step by step in Tanbiao. The running year is the year so far. A source without a value is not drawn, nor counted as zero.',
  },
  range: 'now-5y',
  refresh: '15m',
  variables: [site, zone, meter],
  panels: [
    {
      ...tonnes,
      id: 1,
      kind: 'number',
      title: { zh: '最近一年排放', en: 'Emissions of the newest year' },
      about: { zh: '按所在地法核算的总排放。', en: 'Total emissions, location-based.' },
      at: [0, 0, 8, 6],
      queries: [{ statement: newest('emissions_total') }],
    },
    {
      ...tonnes,
      id: 2,
      kind: 'number',
      title: { zh: '其中：外购电力', en: 'Of it, purchased electricity' },
      about: { zh: '净购入电量乘以所选电网因子。', en: 'Electricity bought, times the chosen grid factor.' },
      at: [8, 0, 8, 6],
      queries: [{ statement: newest('emissions_electricity') }],
    },
    {
      ...tonnes,
      id: 3,
      kind: 'number',
      title: { zh: '已注销的碳信用', en: 'Credits retired' },
      about: { zh: '台账中为该年注销的减排量。', en: 'Reductions retired for the year in the ledger.' },
      at: [16, 0, 8, 6],
      queries: [{ statement: newest('credits_retired') }],
    },
    {
      ...tonnes,
      id: 4,
      kind: 'stacked',
      title: { zh: '各年排放，按来源', en: 'Emissions by year and source' },
      about: { zh: '每年一根，位于该年第一天。', en: 'One bar a year, at its first day.' },
      at: [0, 6, 12, 10],
      words,
      queries: [{ statement: yearly(Object.keys(words).join('|')), alias: '$tag_figure' }],
    },
    {
      id: 5,
      kind: 'bars',
      title: { zh: '各年用电与自发自用', en: 'Electricity used and self-used, by year' },
      about: {
        zh: '全厂用电量，以及其中自发自用的部分。',
        en: 'All electricity that the plant used, and what of it it generated itself.',
      },
      unit: 'kwatth',
      decimals: 0,
      at: [12, 6, 12, 10],
      words: {
        electricity_consumed: { zh: '用电量', en: 'consumed' },
        electricity_self_used: { zh: '自发自用', en: 'generated and used' },
        grid_import: { zh: '网购电量', en: 'from the grid' },
      },
      queries: [{ statement: yearly('electricity_consumed|electricity_self_used|grid_import'), alias: '$tag_figure' }],
    },
    {
      id: 6,
      kind: 'table',
      title: { zh: '账目', en: 'The account' },
      about: {
        zh: '核算用到的全部数量及其单位；为空的不计。',
        en: 'Every quantity of the account with its unit; what is empty is not known.',
      },
      unit: 'none',
      at: [0, 16, 24, 10],
      columns: {
        name: { zh: '名称', en: 'name' },
        value: { zh: '数值', en: 'value' },
        unit: { zh: '单位', en: 'unit' },
        figure: { zh: '编号', en: 'id' },
      },
      queries: [
        {
          statement: `SELECT "name_$language" AS "name", "value", "unit" FROM "account" WHERE ${ofSite} AND "value" > 0 AND $timeFilter GROUP BY "figure"`,
        },
      ],
    },
    {
      id: 7,
      kind: 'bars',
      title: { zh: '活动数据：每日用电', en: 'Activity: electricity by day' },
      about: {
        zh: '排放所依据的电表读数之差，按日。',
        en: 'The differences of readings that emissions stand on, by day.',
      },
      unit: 'kwatth',
      decimals: 0,
      at: [0, 26, 24, 9],
      queries: [
        {
          statement: `SELECT sum("value") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' AND "point" = 'energy_import' GROUP BY time(1d), "meter" fill(none) tz('$zone')`,
          alias: '$tag_meter',
        },
      ],
    },
  ],
};
