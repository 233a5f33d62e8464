// Owns the dashboard of energy: what each meter counted by day, and between which powers.
import { type Board, meter, ofMeters, type Panel, site, zone } from '../board.ts';

const daily = (point: string): string =>
  `SELECT sum("value") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' AND "point" = '${point}' GROUP BY time(1d), "meter" fill(null) tz('$zone')`;

const perDay: Pick<Panel, 'kind' | 'unit' | 'decimals'> = { kind: 'bars', unit: 'kwatth', decimals: 0 };

export const energy: Board = {
  uid: 'tanbiao-energy',
  file: 'energy',
  title: { zh: '碳表 · 能源', en: 'Tanbiao · Energy' },
  about: {
    zh: '每日电量与燃气量，来自电表读数之差，日界为工厂所在时区。分表是总表的一部分，不能相加。',
    en: "Electricity and gas by day from differences of readings; days are the plant's own. Submeters are parts of the incomer: they do not add to it.",
  },
  range: 'now-30d',
  refresh: '5m',
  variables: [site, zone, meter],
  panels: [
    {
      id: 1,
      kind: 'number',
      title: { zh: '期间用电', en: 'Electricity in the range' },
      about: { zh: '时间范围内每块电表的正向电量。', en: 'What each meter counted as import in the range.' },
      unit: 'kwatth',
      decimals: 0,
      at: [0, 0, 24, 5],
      queries: [
        {
          statement: `SELECT sum("value") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'hour' AND "point" = 'energy_import' GROUP BY "meter"`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      ...perDay,
      id: 2,
      title: { zh: '每日用电', en: 'Electricity by day' },
      about: { zh: '正向有功电能，按日。', en: 'Active energy imported, by day.' },
      at: [0, 5, 24, 9],
      queries: [{ statement: daily('energy_import'), alias: '$tag_meter' }],
    },
    {
      ...perDay,
      id: 3,
      title: { zh: '每日发电', en: 'Generation by day' },
      about: { zh: '光伏等自发电量，按日。', en: 'What the plant generates itself, by day.' },
      at: [0, 14, 12, 8],
      queries: [{ statement: daily('energy_generated'), alias: '$tag_meter' }],
    },
    {
      ...perDay,
      id: 4,
      title: { zh: '每日上网电量', en: 'Export by day' },
      about: { zh: '反向有功电能，按日。', en: 'Active energy exported, by day.' },
      at: [12, 14, 12, 8],
      queries: [{ statement: daily('energy_export'), alias: '$tag_meter' }],
    },
    {
      id: 5,
      kind: 'bars',
      title: { zh: '每日燃气与水', en: 'Gas and water by day' },
      about: { zh: '燃气为标准状态立方米，水为立方米。', en: 'Gas in normal cubic metres, water in cubic metres.' },
      unit: 'm3',
      decimals: 0,
      at: [0, 22, 12, 8],
      queries: [
        {
          statement: `SELECT sum("value") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' AND "point" =~ /^(gas_volume|water_volume)$/ GROUP BY time(1d), "meter", "point" fill(null) tz('$zone')`,
          alias: '$tag_meter $tag_point',
        },
      ],
    },
    {
      id: 6,
      kind: 'lines',
      title: { zh: '功率的日最大值与平均值', en: 'Greatest and mean power of the day' },
      about: {
        zh: '平均值按覆盖时间加权；最大值为读数中的最大值，不是需量。',
        en: 'The mean is weighted by covered time; the greatest is that of single readings, which is not a demand.',
      },
      unit: 'kwatt',
      decimals: 1,
      at: [12, 22, 12, 8],
      queries: [
        {
          statement: `SELECT max("max") / 10000 AS "max", mean("value") / 10000 AS "mean" FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' AND "point" = 'power' GROUP BY time(1d), "meter" fill(null) tz('$zone')`,
          alias: '$tag_meter $col',
        },
      ],
    },
  ],
};
