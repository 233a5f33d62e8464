// Owns the dashboard of the moment: powers and flows as they are read.
import { type Board, meter, ofMeters, site, zone } from '../board.ts';

export const live: Board = {
  uid: 'tanbiao-live',
  file: 'live',
  title: { zh: '碳表 · 实时', en: 'Tanbiao · Live' },
  about: {
    zh: '各仪表的功率与流量，按采集到的读数显示；没有读数的时间是空白，不是零。',
    en: 'Powers and flows of the meters as they are read; a time without readings is blank, not zero.',
  },
  range: 'now-6h',
  refresh: '10s',
  variables: [site, zone, meter],
  panels: [
    {
      id: 1,
      kind: 'number',
      title: { zh: '最新功率', en: 'Newest power' },
      about: {
        zh: '时间范围内最后一个有效读数；光伏为发电功率，总进线为负时向电网送电。',
        en: 'The last valid reading in the range; of PV the power generated, of the incomer negative while it exports.',
      },
      unit: 'kwatt',
      decimals: 1,
      at: [0, 0, 24, 5],
      queries: [
        {
          statement: `SELECT last("v") FROM "telemetry" WHERE ${ofMeters} AND "point" = 'power' AND "q" < 128 GROUP BY "meter"`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      id: 2,
      kind: 'lines',
      title: { zh: '功率', en: 'Power' },
      about: {
        zh: '每个时间段内读数的平均值，不含设备无应答等坏值。',
        en: 'The mean of the readings in each interval, without bad ones such as those of a silent device.',
      },
      unit: 'kwatt',
      decimals: 1,
      at: [0, 5, 24, 10],
      queries: [
        {
          statement: `SELECT mean("v") FROM "telemetry" WHERE ${ofMeters} AND "point" = 'power' AND "q" < 128 GROUP BY time($__interval), "meter" fill(null)`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      id: 3,
      kind: 'lines',
      title: { zh: '燃气与水流量', en: 'Flow of gas and water' },
      about: {
        zh: '每个时间段内流量读数的平均值；燃气为标准状态立方米每小时。',
        en: 'The mean of the flow readings in each interval; gas in normal cubic metres per hour.',
      },
      unit: 'flowcmh',
      decimals: 1,
      at: [0, 15, 12, 9],
      queries: [
        {
          statement: `SELECT mean("v") FROM "telemetry" WHERE ${ofMeters} AND "point" =~ /^(gas_flow|water_flow)$/ AND "q" < 128 GROUP BY time($__interval), "meter", "point" fill(null)`,
          alias: '$tag_meter $tag_point',
        },
      ],
    },
    {
      id: 4,
      kind: 'bars',
      title: { zh: '每小时用电', en: 'Electricity by hour' },
      about: {
        zh: '电表读数之差，按小时汇总；断线期间的电量记入跨越的时段并标为估计。',
        en: 'Differences of meter readings by hour; energy of an outage lies in the interval that spans it, marked as estimated.',
      },
      unit: 'kwatth',
      decimals: 1,
      at: [12, 15, 12, 9],
      queries: [
        {
          statement: `SELECT sum("value") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'hour' AND "point" = 'energy_import' GROUP BY time(1h), "meter" fill(null) tz('$zone')`,
          alias: '$tag_meter',
        },
      ],
    },
  ],
};
