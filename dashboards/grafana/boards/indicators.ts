// Owns the dashboard of the standards: verdict and indicators of each year, beside their thresholds.
import { type Board, ofSite, site, type Variable } from '../board.ts';

const pack: Variable = {
  name: 'pack',
  title: { zh: '标准', en: 'Standard' },
  from: { statement: `SHOW TAG VALUES FROM "scores" WITH KEY = "pack" WHERE "site" = '$site'`, multi: true },
};

const ofPacks = `${ofSite} AND "pack" =~ /^$pack$/ AND $timeFilter`;

export const indicators: Board = {
  uid: 'tanbiao-indicators',
  file: 'indicators',
  title: { zh: '碳表 · 各年指标', en: 'Tanbiao · Indicators by year' },
  about: {
    zh: '各标准的结论与指标，与评价结果相同，按未修约的数值判定。数据不足的指标没有数值。',
    en: 'Verdicts and indicators of the standards as they are scored, judged on unrounded values. An indicator with too little data has no value.',
  },
  range: 'now-5y',
  refresh: '15m',
  variables: [site, pack],
  panels: [
    {
      id: 1,
      kind: 'table',
      title: { zh: '结论', en: 'Verdicts' },
      about: { zh: '每年每个标准一行。', en: 'A row for each year and standard.' },
      unit: 'none',
      at: [0, 0, 24, 7],
      words: {
        met: { zh: '达到', en: 'met', color: 'green' },
        not_met: { zh: '未达到', en: 'not met', color: 'red' },
        not_assessable: { zh: '不能评定', en: 'not assessable', color: 'orange' },
        none: { zh: '标准不设结论', en: 'the standard gives none', color: 'text' },
      },
      columns: {
        name: { zh: '标准', en: 'standard' },
        verdict: { zh: '结论', en: 'verdict' },
        pack: { zh: '编号', en: 'id' },
      },
      queries: [
        {
          statement: `SELECT "name_$language" AS "name", "verdict" FROM "scores" WHERE ${ofPacks} GROUP BY "pack"`,
        },
      ],
    },
    {
      id: 2,
      kind: 'table',
      title: { zh: '指标', en: 'Indicators' },
      about: {
        zh: '数值、阈值与数据覆盖率；逐步追溯请在碳表中打开该指标。',
        en: 'Value, threshold and coverage of the data; open the indicator in Tanbiao for its trace.',
      },
      unit: 'none',
      at: [0, 7, 24, 11],
      words: {
        '1': { zh: '达到', en: 'met', color: 'green' },
        '0': { zh: '未达到', en: 'not met', color: 'red' },
      },
      columns: {
        name: { zh: '指标', en: 'indicator' },
        value: { zh: '数值', en: 'value', unit: 'none' },
        unit: { zh: '单位', en: 'unit' },
        threshold: { zh: '阈值', en: 'threshold', unit: 'none' },
        met: { zh: '判定', en: 'judged' },
        coverage: { zh: '覆盖率', en: 'coverage', unit: 'percentunit' },
        indicator: { zh: '编号', en: 'id' },
        pack: { zh: '标准', en: 'standard' },
      },
      queries: [
        {
          statement: `SELECT "name_$language" AS "name", "value", "unit", "threshold", "met", "coverage" FROM "indicators" WHERE ${ofPacks} GROUP BY "pack", "indicator"`,
        },
      ],
    },
    {
      id: 3,
      kind: 'bars',
      title: { zh: '以百分比表示的指标，各年', en: 'Indicators in percent, by year' },
      about: {
        zh: '单位为 % 的指标，每年一根，位于该年第一天。',
        en: 'Indicators whose unit is %, a bar for each year, at its first day.',
      },
      unit: 'percent',
      decimals: 2,
      at: [0, 18, 24, 10],
      queries: [
        {
          statement: `SELECT "value" FROM "indicators" WHERE ${ofPacks} AND "unit" = '%' GROUP BY "pack", "indicator"`,
          alias: '$tag_pack $tag_indicator',
        },
      ],
    },
  ],
};
