// Owns the greenhouse-gas report in the five parts that reports after GB/T 32150 have, with the statement of truth at its end.
import type { Text } from '../../core/text.ts';
import { leavesOf, type Trace } from '../../core/trace.ts';
import type { Snapshot } from '../form.ts';
import { type Block, type Cell, figure, type Section, traced } from './model.ts';

const name: Text = { zh: '名称', en: 'Name' };
const amount = { title: { zh: '数量', en: 'Amount' }, look: 'right' } as const;
const source = { title: { zh: '来源', en: 'Source' }, look: 'machine' } as const;

export function greenhouseGasSections(snapshot: Snapshot): Section[] {
  const { plant, period, factors, scores } = snapshot;
  const account = scores[0]?.account ?? {};
  const total = account.emissions_total;
  const parts = total?.parts ?? [];
  const titled = (zh: string, en: string, ...blocks: Block[]): Section => ({
    title: { zh: `温室气体排放报告　${zh}`, en: `Greenhouse-gas report: ${en}` },
    blocks,
  });
  return [
    titled(
      '一、报告主体基本信息',
      '1. The reporting entity',
      {
        kind: 'facts',
        rows: [
          [{ zh: '报告主体', en: 'Entity' }, plant.name],
          [{ zh: '报告年度', en: 'Year' }, String(period.year)],
          [{ zh: '核算期', en: 'Period' }, `${period.from} … ${period.to}`],
        ],
      },
      {
        kind: 'lines',
        titles: [
          { zh: '统一社会信用代码', en: 'Unified social credit code' },
          { zh: '所属行业', en: 'Industry' },
          { zh: '法定代表人', en: 'Legal representative' },
          { zh: '联系人', en: 'Contact' },
        ],
      },
    ),
    titled(
      '二、温室气体排放量',
      '2. Emissions',
      {
        kind: 'table',
        title: { zh: '按来源', en: 'By source' },
        columns: [{ title: name }, amount],
        rows: [...parts, ...(total === undefined ? [] : [total]), ...beside(account)].map((trace) => [
          trace.name,
          traced(trace),
        ]),
        ...(parts.length > 1 ? { sums: [{ row: parts.length, column: 1, of: parts.map((_, index) => index) }] } : {}),
      },
      {
        kind: 'bars',
        title: { zh: '排放构成', en: 'Emissions by source' },
        unit: total?.unit ?? 'tCO2e',
        bars: parts.flatMap((trace) =>
          trace.value === null || trace.value <= 0 ? [] : [{ name: trace.name, value: trace.value }],
        ),
      },
    ),
    titled('三、活动水平数据及来源', '3. Activity data and their sources', {
      kind: 'table',
      title: { zh: '活动水平', en: 'Activity data' },
      columns: [{ title: name }, amount, source],
      rows: activityRows(total),
    }),
    titled('四、排放因子数据及来源', '4. Factors and their sources', {
      kind: 'table',
      title: { zh: '所用因子', en: 'Factors used' },
      columns: [
        { title: name },
        { title: { zh: '数值', en: 'Value' }, look: 'right' },
        { title: { zh: '地区与年份', en: 'Region and year' } },
        source,
        { title: { zh: '把握', en: 'Confidence' } },
      ],
      rows: factors.map(
        ({ name: called, value, unit, region, dataYear, publisher, notice, source: from, confidence }) => [
          called,
          figure(value, unit),
          `${region} ${dataYear ?? ''}`.trim(),
          [publisher, notice, from].filter((word) => word !== '').join('；'),
          confidence,
        ],
      ),
    }),
    titled(
      '五、其他说明',
      '5. Other statements',
      {
        kind: 'text',
        text: {
          zh: '真实性声明：本报告所载数据真实、准确、完整，如有不实，愿承担相应的法律责任。',
          en: 'Statement of truth: the data in this report are true, accurate and complete; we answer for it in law if they are not.',
        },
      },
      {
        kind: 'lines',
        titles: [
          { zh: '法定代表人（签字）', en: 'Legal representative (signature)' },
          { zh: '报告主体（盖章）', en: 'Entity (seal)' },
          { zh: '日期', en: 'Date' },
        ],
      },
    ),
  ];
}

/** Told beside the total and never in it. */
const beside = (account: Record<string, Trace>): Trace[] =>
  ['emissions_total_market', 'emissions_biomass', 'credits_retired'].flatMap((id) => account[id] ?? []);

/** The meters and ledger entries under the total, each once; what amounts to nothing is left to the snapshot itself. */
function activityRows(total: Trace | undefined): Cell[][] {
  const leaves = total === undefined ? [] : [...leavesOf(total)];
  const known = new Map<string, Cell[]>();
  for (const { id, name: called, value, unit, meter, ledger } of leaves) {
    if (meter !== undefined)
      known.set(id, [
        called,
        figure(value, unit),
        `${meter.meter}.${meter.point}${meter.source === '' ? '' : `, ${meter.source}`}`,
      ]);
    if (ledger !== undefined)
      known.set(`${ledger.entry} ${value}`, [
        called,
        figure(value, unit),
        `${ledger.entry} #${ledger.revision}, ${ledger.evidence ?? '—'}`,
      ]);
  }
  return [...known.values()];
}
