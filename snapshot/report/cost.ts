// Owns what the energy report says of money: the power from the grid by time-of-use band, where the plant has named its tariff.
import type { Calendar } from '../../core/calendar.ts';
import { metersIn } from '../../core/config/roles.ts';
import { bandNames } from '../../scoring/tariff/bands.ts';
import { loadTariffs } from '../../scoring/tariff/plan.ts';
import { tariffReport } from '../../scoring/tariff/report.ts';
import type { Measured, Source } from './measured.ts';
import { type Cell, figure, type Section } from './model.ts';

/** Every decimal of the price is kept: cents are for the eye. */
const yuan = (amount: string | null) => figure(amount === null ? null : Number(amount));

export async function costSection(
  { site, store }: Source,
  { inputs: { period } }: Measured,
  calendar: Calendar,
): Promise<Section[]> {
  const plan = loadTariffs(site);
  if (plan === null) return [];
  const meters = metersIn(site.meters, 'grid_import').map(({ id }) => id);
  const { total, demand, versions, notes } = await tariffReport(site, plan, store, {
    ...period,
    meters,
    by: 'month',
    now: Number.POSITIVE_INFINITY, // the period ends where the slots are whole
  });
  const rows: Cell[][] = total.bands.map(({ band, energy, cost }) => [bandNames[band], figure(energy), yuan(cost)]);
  const of = rows.map((_, index) => index);
  return [
    {
      title: { zh: '外购电费', en: 'Cost of power from the grid' },
      blocks: [
        {
          kind: 'table',
          title: { zh: '分时电费', en: 'Cost by time of use' },
          columns: [
            { title: { zh: '时段', en: 'Band' }, look: 'name' },
            { title: { zh: '电量', en: 'Energy' }, look: 'right', unit: 'kWh' },
            { title: { zh: '电费', en: 'Cost' }, look: 'right', unit: '元' },
          ],
          rows: [...rows, [{ zh: '合计', en: 'Sum' }, figure(total.energy), yuan(total.cost)]],
          sums: [1, 2].map((column) => ({ row: rows.length, column, of })),
        },
        ...(demand.every(({ charge }) => charge === null)
          ? []
          : [
              {
                kind: 'table' as const,
                title: { zh: '需量电费', en: 'Demand charge' },
                columns: [
                  { title: { zh: '月份', en: 'Month' }, look: 'name' as const },
                  { title: { zh: '最大需量', en: 'Highest demand' }, look: 'right' as const, unit: 'kW' },
                  { title: { zh: '电费', en: 'Cost' }, look: 'right' as const, unit: '元' },
                ],
                rows: demand.map(({ start, kW, charge }): Cell[] => [
                  calendar.formatDay(start).slice(0, 7),
                  figure(kW),
                  yuan(charge),
                ]),
              },
            ]),
        ...versions.map(({ name, notice, confidence }) => ({
          kind: 'text' as const,
          text: {
            zh: `电价表：${name.zh}（${notice}，${confidence}）`,
            en: `Tariff: ${name.en} (${notice}, ${confidence})`,
          },
        })),
        ...notes.map((text) => ({ kind: 'text' as const, text })),
      ],
    },
  ];
}
