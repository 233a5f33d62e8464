// Owns the dashboard of the data's quality: what is covered by readings, what is estimated, and what could not be read.
import { type Board, meter, ofMeters, site, zone } from '../board.ts';

export const quality: Board = {
  uid: 'tanbiao-quality',
  file: 'quality',
  title: { zh: '碳表 · 数据质量', en: 'Tanbiao · Data quality' },
  about: {
    zh: '读数覆盖了多少时间，多少电量的时间只是推定，哪些设备没有应答。缺失就是缺失，不会补零。',
    en: 'How much of the time readings cover, how much energy lies in a gap, which devices did not answer. Missing is missing, never zero.',
  },
  range: 'now-30d',
  refresh: '5m',
  variables: [site, zone, meter],
  panels: [
    {
      id: 1,
      kind: 'lines',
      title: { zh: '每日覆盖率', en: 'Coverage by day' },
      about: {
        zh: '一天中有读数覆盖的时间所占比例；当天尚未结束，因此偏低；时区换钟的日子不是 24 小时。',
        en: 'The share of the day that readings cover. The running day is not over yet; a day on which clocks change has not 24 hours.',
      },
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      max: 1,
      at: [0, 0, 24, 9],
      thresholds: [
        [null, 'red'],
        [0.95, 'orange'],
        [0.99, 'green'],
      ],
      queries: [
        {
          statement: `SELECT sum("covered") / 86400000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' GROUP BY time(1d), "meter", "point" fill(0) tz('$zone')`,
          alias: '$tag_meter $tag_point',
        },
      ],
    },
    {
      id: 2,
      kind: 'bars',
      title: { zh: '估计的电量', en: 'Estimated energy' },
      about: {
        zh: '缺口两端的读数证明了这些电量，但它们在缺口内的时间只是推定。',
        en: 'Energy that the readings at both ends of a gap prove, but whose time within the gap is assumed.',
      },
      unit: 'kwatth',
      decimals: 1,
      at: [0, 9, 12, 8],
      queries: [
        {
          statement: `SELECT sum("estimated") / 1000 FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' AND "point" =~ /^energy_(import|export|generated)$/ GROUP BY time(1d), "meter", "point" fill(null) tz('$zone')`,
          alias: '$tag_meter $tag_point',
        },
      ],
    },
    {
      id: 3,
      kind: 'states',
      title: { zh: '每日最差质量', en: 'Worst quality of the day' },
      about: {
        zh: '当天用到的读数中最差的质量：良好、可疑或坏。',
        en: 'The worst quality among the readings that were used: good, uncertain or bad.',
      },
      unit: 'none',
      at: [12, 9, 12, 8],
      thresholds: [
        [null, 'green'],
        [64, 'orange'],
        [128, 'red'],
      ],
      queries: [
        {
          statement: `SELECT max("quality") FROM "slots" WHERE ${ofMeters} AND "resolution" = 'day' GROUP BY time(1d), "meter" fill(null) tz('$zone')`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      id: 4,
      kind: 'bars',
      title: { zh: '坏读数', en: 'Bad readings' },
      about: {
        zh: '设备无应答、返回异常或值不可用的次数；它们没有数值，不计入任何合计。',
        en: 'How often a device did not answer, refused, or had no such value; these have no value and count in no total.',
      },
      unit: 'short',
      decimals: 0,
      at: [0, 17, 12, 8],
      queries: [
        {
          statement: `SELECT count("q") FROM "telemetry" WHERE ${ofMeters} AND "q" >= 128 GROUP BY time($__interval), "meter" fill(none)`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      id: 5,
      kind: 'bars',
      title: { zh: '可疑读数', en: 'Uncertain readings' },
      about: {
        zh: '超出合理范围、突变、时钟未同步等；保留并注明。',
        en: 'Outside the plausible range, a spike, an unsynchronised clock; kept, with their mark.',
      },
      unit: 'short',
      decimals: 0,
      at: [12, 17, 12, 8],
      queries: [
        {
          statement: `SELECT count("q") FROM "telemetry" WHERE ${ofMeters} AND "q" >= 64 AND "q" < 128 GROUP BY time($__interval), "meter" fill(none)`,
          alias: '$tag_meter',
        },
      ],
    },
  ],
};
