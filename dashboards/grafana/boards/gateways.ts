// Owns the dashboard of the gateways: what of each is stored, what it lost, and which meters are heard.
import { type Board, meter, ofMeters, ofSite, site } from '../board.ts';

export const gateways: Board = {
  uid: 'tanbiao-gateways',
  file: 'gateways',
  title: { zh: '碳表 · 网关健康', en: 'Tanbiao · Gateway health' },
  about: {
    zh: '各网关已入库到何时，批次号是否连续，登记的丢失，以及各仪表的读数多少。',
    en: "Up to when each gateway's readings are stored, whether its batch numbers are unbroken, what it lost, and how much each meter is heard.",
  },
  range: 'now-24h',
  refresh: '30s',
  variables: [site, meter],
  panels: [
    {
      id: 1,
      kind: 'number',
      title: { zh: '最新入库的读数', en: 'Newest reading stored' },
      about: {
        zh: '该网关已入库批次中最新读数的时间；与面板的时间范围无关。',
        en: "The time of the newest reading among the gateway's stored batches, whatever the panel's time range.",
      },
      unit: 'dateTimeFromNow',
      at: [0, 0, 12, 6],
      queries: [
        {
          statement: `SELECT max("newest") FROM "receipts" WHERE ${ofSite} GROUP BY "gateway"`,
          alias: '$tag_gateway',
        },
      ],
    },
    {
      id: 2,
      kind: 'number',
      title: { zh: '登记的丢失', en: 'Losses on record' },
      about: {
        zh: '网关自己报告过丢失的次数：缓存满、磁盘满或时钟未知；没有数字即没有丢失。',
        en: 'How often the gateway itself told that readings were lost: spool or disk full, clock unknown. No number: none.',
      },
      unit: 'short',
      decimals: 0,
      at: [12, 0, 12, 6],
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
      queries: [
        { statement: `SELECT count("lost") FROM "losses" WHERE ${ofSite} GROUP BY "gateway"`, alias: '$tag_gateway' },
      ],
    },
    {
      id: 3,
      kind: 'bars',
      title: { zh: '每小时入库的读数', en: 'Readings in use, by hour' },
      about: {
        zh: '进入时段计算的读数个数；突然变少说明采集变慢或中断。',
        en: 'Readings that slots were made of; suddenly fewer of them: slower polling, or an outage.',
      },
      unit: 'short',
      decimals: 0,
      at: [0, 6, 24, 9],
      queries: [
        {
          statement: `SELECT sum("readings") FROM "slots" WHERE ${ofMeters} AND "resolution" = 'hour' GROUP BY time(1h), "meter" fill(0)`,
          alias: '$tag_meter',
        },
      ],
    },
    {
      id: 4,
      kind: 'table',
      title: { zh: '各测点最后一次读数', en: 'Last reading of each point' },
      about: {
        zh: '时间范围内的最后一次读数及其质量码：0 实测，64 起可疑，128 起为坏。',
        en: 'The last reading in the range with its quality code: 0 measured, from 64 on uncertain, from 128 on bad.',
      },
      unit: 'none',
      at: [0, 15, 24, 10],
      thresholds: [
        [null, 'green'],
        [64, 'orange'],
        [128, 'red'],
      ],
      columns: {
        meter: { zh: '仪表', en: 'meter' },
        point: { zh: '测点', en: 'point' },
        quality: { zh: '质量码', en: 'quality' },
      },
      queries: [
        {
          statement: `SELECT last("q") AS "quality" FROM "telemetry" WHERE ${ofMeters} GROUP BY "meter", "point"`,
        },
      ],
    },
  ],
};
