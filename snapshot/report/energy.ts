// Owns the energy report of a day, month, quarter or year: by medium, workshop and meter, in standard coal, beside the periods it is compared with.
import { Calendar } from '../../core/calendar.ts';
import { points } from '../../core/points.ts';
import type { Text } from '../../core/text.ts';
import type { Trace } from '../../core/trace.ts';
import type { CarrierFlow, EnergyFlow, FlowNode } from '../../scoring/energy-flow.ts';
import { costSection } from './cost.ts';
import { courseOf, type Measured, measure, reached, type Source, seriesTotals } from './measured.ts';
import {
  type Block,
  both,
  type Cell,
  type Column,
  type FigureCell,
  figure,
  percent,
  type Report,
  type Section,
  standsOn,
} from './model.ts';
import { before, type ReportPeriod, yearBefore } from './period.ts';
import { clockText, qualityAndMarks } from './words.ts';

type Compared = { now: Measured; last: Measured | null; yearAgo: Measured | null };

export async function energyReport(source: Source, asked: ReportPeriod, at: number): Promise<Report> {
  const { site } = source;
  const calendar = new Calendar(site.timezone);
  const end = reached(asked, at, calendar);
  const elapsed = end - asked.period.start;
  /** As much of the other period as has passed of this one. */
  const beside = (other: ReportPeriod | null) =>
    other === null
      ? null
      : measure(
          source,
          other,
          end === asked.period.end ? other.period.end : Math.min(other.period.end, other.period.start + elapsed),
        );
  const compared: Compared = {
    now: await measure(source, asked, end),
    last: asked.span === 'year' ? null : await beside(before(asked, calendar)),
    yearAgo: await beside(yearBefore(asked, calendar)),
  };
  const { split } = compared.now;
  return {
    rounded: true,
    title: site.name,
    subtitle: { zh: `能源报告　${asked.name.zh}`, en: `Energy report, ${asked.name.en}` },
    sections: [
      {
        title: { zh: '能源消费', en: 'Energy' },
        blocks: [
          {
            kind: 'facts',
            rows: [
              [
                { zh: '统计期', en: 'Period' },
                `${clockText(asked.period.start, calendar)} … ${clockText(end, calendar)}`,
              ],
              [{ zh: '数据截至', en: 'Data as they stood at' }, clockText(at, calendar)],
              [{ zh: '完整率下限', en: 'Least coverage for comparing' }, percent(site.coverageLimit)],
            ],
          },
          ...(end < asked.period.end
            ? [
                note(
                  '本期尚未结束：对比期取相同长度。',
                  'The period is not over: the others are taken over the same length.',
                ),
              ]
            : []),
          ...(split.length > 0
            ? [
                note(
                  `台账登记 ${split.join('、')} 跨越本期起止，未计入。`,
                  `Bookings that reach over an end of the period are not in it: ${split.join(', ')}.`,
                ),
              ]
            : []),
          ...accountTables(compared),
        ],
      },
      ...(await costSection(source, compared.now, calendar)),
      course(compared.now, asked),
      workshops(compared),
      byMeter(compared),
    ],
  };
}

const note = (zh: string, en: string): Block => ({ kind: 'text', text: { zh, en } });

const used = (account: Measured['account'], ids: readonly (keyof Measured['account'])[]): Trace[] =>
  ids.flatMap((id) => {
    const { trace } = account[id];
    return trace.value === null || trace.value !== 0 ? [trace] : [];
  });

const media = (account: Measured['account']): Trace[] => {
  const fuels = Object.keys(account).filter((id) => id.endsWith('_consumed') && id !== 'electricity_consumed');
  return used(account, [
    'grid_import',
    'electricity_generated',
    'grid_export',
    'electricity_consumed',
    ...(fuels as (keyof Measured['account'])[]),
    'heat_purchased',
    'heat_sold',
    'water_taken',
  ]);
};

/** The parts of a sum, and the sum below them. */
const summed = (...parts: Trace[]) => [...parts.filter(({ value }) => value !== 0)];

function accountTables({ now, last, yearAgo }: Compared): Block[] {
  const { account } = now;
  const tables: [Text, Trace[], Trace | Text | null][] = [
    [{ zh: '按能源品种', en: 'By medium' }, media(account), null],
    [
      { zh: '折标准煤（当量值）', en: 'In standard coal (calorific)' },
      summed(account.energy_electricity.trace, ...account.energy_fuels.trace.parts, account.energy_heat.trace),
      account.energy_total.trace,
    ],
    [
      { zh: '能源活动排放', en: 'Emissions of energy' },
      summed(
        account.emissions_electricity.trace,
        ...account.emissions_fuel.trace.parts,
        account.emissions_heat.trace,
        account.emissions_heat_sold.trace,
      ),
      { zh: '能源活动排放合计', en: 'sum of the emissions of energy' },
    ],
  ];
  const find = (measured: Measured | null, id: string): Trace | null =>
    measured === null ? null : (tracesOf(measured).get(id) ?? null);
  const limit = now.inputs.site.coverageLimit;
  const amountOf = (trace: Trace | null): Amount | null =>
    trace === null ? null : { amount: trace.value, unit: trace.unit, coverage: trace.coverage, from: standsOn(trace) };
  return tables.map(([title, traces, total]): Block => {
    const rowOf = (trace: Trace): Compare => ({
      now: amountOf(trace),
      others: [find(last, trace.id), find(yearAgo, trace.id)].map(amountOf),
    });
    const rows = traces.map((trace) => compareRow([trace.name], rowOf(trace), limit));
    if (total !== null)
      rows.push(
        'value' in total
          ? compareRow([total.name], rowOf(total), limit)
          : compareRow([total], together(traces.map(rowOf)), limit),
      );
    return {
      kind: 'table',
      title,
      columns: comparing([{ title: { zh: '名称', en: 'Name' }, look: 'name' }]),
      rows,
      ...(total === null
        ? {}
        : {
            sums: [1, 2, 4].map((column) => ({ row: traces.length, column, of: traces.map((_, index) => index) })),
          }),
    };
  });
}

const tracesOf = ({ account }: Measured): Map<string, Trace> =>
  new Map(
    Object.values(account)
      .flatMap(({ trace }) => [trace, ...trace.parts])
      .reverse() // the account's own figures stand over parts of the same name
      .map((trace) => [trace.id, trace]),
  );

/** Without a unit where its column has one. */
type Amount = { amount: number | null; unit?: string; coverage: number | null; from?: string };

/** A place in this period, in the one before, and in the same of the year before. */
type Compare = { now: Amount | null; others: (Amount | null)[] };

/** The sum is known where all of it is, and as well as the worst of it. */
function sumOf(parts: readonly (Amount | null)[]): Amount | null {
  const known = parts.flatMap((part) => part ?? []);
  const [first] = known;
  if (first === undefined || known.length < parts.length) return null;
  const coverages = known.flatMap(({ coverage }) => coverage ?? []);
  return {
    amount: addUp(known.map(({ amount }) => amount)),
    ...(first.unit === undefined ? {} : { unit: first.unit }),
    coverage: coverages.length === 0 ? null : Math.min(...coverages),
  };
}

const addUp = (values: readonly (number | null)[]): number | null =>
  values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);

const together = (rows: readonly Compare[]): Compare => ({
  now: sumOf(rows.map(({ now }) => now)),
  others: [0, 1].map((index) => sumOf(rows.map(({ others }) => others[index] ?? null))),
});

const comparing = (first: Column[], unit?: string): Column[] => {
  const amount = { look: 'right' as const, ...(unit === undefined ? {} : { unit }) };
  return [
    ...first,
    { title: { zh: '本期', en: 'This period' }, ...amount },
    { title: { zh: '上期', en: 'Period before' }, ...amount },
    { title: { zh: '环比', en: 'Change' }, look: 'right', unit: '%' },
    { title: { zh: '上年同期', en: 'A year before' }, ...amount },
    { title: { zh: '同比', en: 'Change on year' }, look: 'right', unit: '%' },
    { title: { zh: '完整率', en: 'Coverage' }, look: 'right', unit: '%' },
  ];
};

function compareRow(first: Cell[], { now: own, others }: Compare, limit: number): Cell[] {
  const now = own ?? { amount: null, coverage: null };
  const cell = ({ amount, unit, from }: Amount): FigureCell => ({
    ...figure(amount, unit),
    ...(from === undefined ? {} : { from }),
  });
  return [
    ...first,
    cell(now),
    ...others.flatMap((other): Cell[] =>
      other === null ? ['—', '—'] : [cell(other), figure(changeBetween(other, now, limit))],
    ),
    figure(percent(now.coverage).figure),
  ];
}

/** In percent, to a hundredth. Where too little of either was measured, the difference would say nothing of the plant. */
function changeBetween(then: Amount, now: Amount, limit: number): number | null {
  const isKnown = [then, now].every(({ coverage }) => coverage === null || coverage >= limit);
  if (!isKnown || then.amount === null || now.amount === null || then.amount <= 0) return null;
  return Math.round((now.amount / then.amount - 1) * 10_000) / 100;
}

const axis: Record<ReportPeriod['span'], Text> = {
  day: { zh: '时', en: 'Hour' },
  month: { zh: '日', en: 'Day' },
  quarter: { zh: '月', en: 'Month' },
  year: { zh: '月', en: 'Month' },
};

function course(now: Measured, asked: ReportPeriod): Section {
  const parts = courseOf(now, asked);
  const media = [
    { of: 'electricity', name: { zh: '用电量', en: 'Electricity' }, unit: 'kWh' },
    { of: 'fuel', name: { zh: '燃料（折标准煤）', en: 'Fuels, in standard coal' }, unit: 'tce' },
    { of: 'heat', name: { zh: '购入热力', en: 'Heat purchased' }, unit: 'GJ' },
  ] as const;
  const shown = media.filter(({ of }) => parts.some((part) => part[of] !== null && part[of] !== 0));
  return {
    title: { zh: '用能过程（计量）', en: 'Course of use, as metered' },
    blocks: [
      ...shown.map(
        ({ of, name, unit }): Block => ({
          kind: 'columns',
          title: name,
          unit,
          columns: parts.map((part) => ({ name: part.name, value: part[of] })),
        }),
      ),
      {
        kind: 'table',
        title: { zh: '各时段', en: 'Step by step' },
        columns: [
          { title: axis[asked.span], look: 'short' },
          ...shown.map(({ name, unit }): Column => ({ title: name, look: 'right', unit })),
        ],
        rows: parts.map((part) => [part.name, ...shown.map(({ of }) => figure(part[of]))]),
      },
    ],
  };
}

type Row = FlowNode & { depth: number; key: string };

const flatten = (carrier: string, nodes: readonly FlowNode[], depth = 0, above = ''): Row[] =>
  nodes.flatMap((node) => [
    { ...node, depth, key: `${carrier}${above}/${node.id}` },
    ...flatten(carrier, node.children, depth + 1, `${above}/${node.id}`),
  ]);

function workshops({ now, last, yearAgo }: Compared): Section {
  const rowsOf = (flow: EnergyFlow | undefined) =>
    new Map((flow?.carriers ?? []).flatMap(({ carrier, uses }) => flatten(carrier, uses)).map((row) => [row.key, row]));
  const [then, earlier] = [rowsOf(last?.flow), rowsOf(yearAgo?.flow)];
  const amountOf = (row: Row | undefined): Amount | null =>
    row === undefined ? null : { amount: row.amount, coverage: row.coverage };
  return {
    title: { zh: '按车间与部位', en: 'By workshop' },
    blocks: now.flow.carriers.map(({ carrier, name, unit, uses }: CarrierFlow): Block => {
      const rows = flatten(carrier, uses);
      const placeOf = (row: Row): Compare => ({
        now: { amount: row.amount, coverage: row.coverage, from: row.id },
        others: [then, earlier].map((list) => amountOf(list.get(row.key))),
      });
      const of = rows.flatMap(({ depth }, index) => (depth === 0 ? [index] : []));
      return {
        kind: 'table',
        title: name,
        columns: [
          ...comparing([{ title: { zh: '部位', en: 'Where' }, look: 'name' }], unit),
          { title: { zh: '折标准煤', en: 'Standard coal' }, look: 'right', unit: 'tce' },
          { title: { zh: '排放', en: 'Emissions' }, look: 'right', unit: 'tCO2e' },
        ],
        rows: [
          ...rows.map((row) => [
            ...compareRow(
              [{ zh: '　'.repeat(row.depth) + row.name.zh, en: '　'.repeat(row.depth) + row.name.en }],
              placeOf(row),
              now.inputs.site.coverageLimit,
            ),
            figure(row.tce),
            figure(row.tCO2e),
          ]),
          [
            ...compareRow(
              [{ zh: '合计', en: 'Sum' }],
              together(rows.filter(({ depth }) => depth === 0).map(placeOf)),
              now.inputs.site.coverageLimit,
            ),
            figure(addUp(uses.map(({ tce }) => tce))),
            figure(addUp(uses.map(({ tCO2e }) => tCO2e))),
          ],
        ],
        sums: [1, 2, 4, 7, 8].map((column) => ({ row: rows.length, column, of })),
      };
    }),
  };
}

function byMeter({ now, last, yearAgo }: Compared): Section {
  const names = new Map(now.inputs.site.meters.map(({ id, name }) => [id, name]));
  const [then, earlier] = [last, yearAgo].map((one) => (one === null ? null : seriesTotals(one)));
  return {
    title: { zh: '按表计', en: 'By meter' },
    blocks: [
      {
        kind: 'table',
        title: { zh: '各表读数', en: 'Readings by meter' },
        columns: [
          ...comparing([{ title: { zh: '表计与测点', en: 'Meter and point' }, look: 'name' }]),
          { title: { zh: '推定量', en: 'Estimated' }, look: 'right' },
          { title: { zh: '质量与标记', en: 'Quality and marks' } },
        ],
        rows: seriesTotals(now).map((total, index) => {
          const { meter, point, value, coverage, estimated } = total;
          const { unit, name } = points[point];
          const called = names.get(meter) ?? both(meter);
          const from = `${meter}.${point}`;
          const other = (list: ReturnType<typeof seriesTotals> | null | undefined): Amount | null => {
            const one = list?.[index];
            return one === undefined ? null : { amount: one.value, unit, coverage: one.coverage, from };
          };
          return [
            ...compareRow(
              [{ zh: `${called.zh}：${name.zh}`, en: `${called.en}: ${name.en}` }],
              { now: { amount: value, unit, coverage, from }, others: [other(then), other(earlier)] },
              now.inputs.site.coverageLimit,
            ),
            figure(estimated, unit),
            qualityAndMarks(total),
          ];
        }),
      },
    ],
  };
}
