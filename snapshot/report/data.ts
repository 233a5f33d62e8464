// Owns the parts of the report that speak of the data themselves: energy by meter and month, coverage, losses, ledger, evidence.
import { Calendar } from '../../core/calendar.ts';
import { points } from '../../core/points.ts';
import type { Snapshot } from '../form.ts';
import { type Block, both, type Cell, figure, figureText, type Section, traced } from './model.ts';
import { clockText } from './words.ts';

export function energySection({ plant, series, scores }: Snapshot): Section {
  const account = scores[0]?.account ?? {};
  const meters = new Map(plant.meters.map((meter) => [meter.id, meter]));
  const nameOf = (id: string) => meters.get(id)?.name ?? both(id);
  const roleOf = (id: string) => meters.get(id)?.role;
  const rows = (
    ['electricity_consumed', 'energy_electricity', 'energy_fuels', 'energy_heat', 'energy_total'] as const
  ).flatMap((id): Cell[][] => (account[id] === undefined ? [] : [[account[id].name, traced(account[id])]]));
  return {
    title: { zh: '能源报告', en: 'Energy report' },
    blocks: [
      {
        kind: 'table',
        title: { zh: '全厂', en: 'The plant' },
        columns: [{ title: { zh: '名称', en: 'Name' } }, { title: { zh: '数量', en: 'Amount' }, look: 'right' }],
        rows,
      },
      {
        kind: 'table',
        title: { zh: '按表计', en: 'By meter' },
        columns: [
          { title: { zh: '表计', en: 'Meter' } },
          { title: { zh: '测点', en: 'Point' } },
          { title: { zh: '全年', en: 'Year' }, look: 'right' },
        ],
        rows: series.map(({ meter, point, total }) => [
          nameOf(meter),
          points[point].name,
          { ...figure(total, points[point].unit), from: `${meter}.${point}` },
        ]),
      },
      ...series
        .filter(({ slots, meter }) => slots > 0 && roleOf(meter) !== 'feeder')
        .map(({ meter, point, months, total }): Block => {
          const { unit, name } = points[point];
          const called = nameOf(meter);
          return {
            kind: 'bars',
            title: {
              zh: `${called.zh}：${name.zh}，全年 ${figureText(total)} ${unit}`,
              en: `${called.en}: ${name.en}, ${figureText(total)} ${unit} in the year`,
            },
            unit,
            bars: months.flatMap((value, index) =>
              value === null ? [] : [{ name: { zh: `${index + 1} 月`, en: monthNames[index] ?? '' }, value }],
            ),
          };
        }),
    ],
  };
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function qualitySection({ series, losses, plant, ledger, evidence }: Snapshot): Section {
  const calendar = new Calendar(plant.timezone);
  return {
    title: { zh: '数据质量、台账与佐证', en: 'Data quality, ledger and evidence' },
    blocks: [
      {
        kind: 'table',
        title: { zh: '各表读数', en: 'Readings by meter' },
        columns: [
          { title: { zh: '表计与测点', en: 'Meter and point' } },
          { title: { zh: '完整率', en: 'Coverage' }, look: 'right' },
          { title: { zh: '时段数', en: 'Slots' }, look: 'right' },
          { title: { zh: '推定量', en: 'Estimated' }, look: 'right' },
          { title: { zh: '质量与标记', en: 'Quality and marks' } },
        ],
        rows: series.map(({ meter, point, coverage, slots, estimated, quality, marks }) => [
          `${meter}.${point}`,
          `${(coverage * 100).toFixed(2)} %`,
          figure(slots),
          figure(estimated, points[point].unit),
          [quality, ...marks].join(' '),
        ]),
      },
      losses.length === 0
        ? { kind: 'text', text: { zh: '网关没有报告丢失的读数。', en: 'No gateway told of readings that it lost.' } }
        : {
            kind: 'table',
            title: { zh: '丢失的读数', en: 'Readings that were lost' },
            columns: [
              { title: { zh: '网关', en: 'Gateway' } },
              { title: { zh: '个数', en: 'Readings' }, look: 'right' },
              { title: { zh: '起止', en: 'From and to' } },
              { title: { zh: '原因', en: 'Reason' } },
            ],
            rows: losses.map(({ gateway, readings, from, to, reason }) => [
              gateway,
              figure(readings),
              `${clockText(from, calendar)} … ${clockText(to, calendar)}`,
              reason,
            ]),
          },
      ledgerFacts(ledger),
      ...(evidence.length === 0 ? [] : evidenceTable({ evidence })),
    ],
  };
}

export const ledgerFacts = ({ revisions, head, used }: Snapshot['ledger']): Block => ({
  kind: 'facts',
  rows: [
    [{ zh: '台账修订数', en: 'Revisions of the ledger' }, figure(revisions)],
    [{ zh: '台账链首', en: 'Head of its chain' }, head ?? '—'],
    [{ zh: '所用条目', en: 'Entries used' }, used.join(', ')],
  ],
});

export const evidenceTable = ({ evidence }: Pick<Snapshot, 'evidence'>): Block[] =>
  evidence.length === 0
    ? [{ kind: 'text', text: { zh: '台账没有登记佐证文件。', en: 'The ledger names no documents.' } }]
    : [
        {
          kind: 'table',
          title: { zh: '佐证材料', en: 'Evidence' },
          columns: [
            { title: { zh: '编号', en: 'Document' } },
            { title: { zh: '标题', en: 'Title' } },
            { title: both('SHA-256'), look: 'machine' },
            { title: { zh: '文件', en: 'File' } },
          ],
          rows: evidence.map(({ document, title, sha256, file }) => [
            document,
            title,
            sha256,
            file ?? { zh: '未随附', en: 'not enclosed' },
          ]),
        },
      ];
