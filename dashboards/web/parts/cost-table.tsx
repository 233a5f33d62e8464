// Owns what power cost as a table, by day or month, and as CSV; and the demand charge beside it.
import type { CostRow, PeriodCost } from '../../../scoring/tariff/cost.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { dateOf, isoDay, money, number, percent } from '../format.ts';
import { say } from '../words.ts';
import { bandOrder, bandWords } from './bands.tsx';
import { meanPrice } from './cost-figures.tsx';
import { costWords } from './cost-words.ts';
import { CsvButton } from './csv.tsx';

export function CostTable({ report: { rows, by, total } }: { report: TariffReport }) {
  const present = bandOrder.filter((band) => total.bands.some((one) => one.band === band));
  const name = (row: CostRow) => (by === 'month' ? (isoDay(row.start) ?? '').slice(0, 7) : (isoDay(row.start) ?? ''));
  const energyOf = (row: CostRow, band: string) => row.bands.find((one) => one.band === band)?.energy ?? null;
  const csv = () => [
    [
      costWords.value.day,
      ...present.map((band) => `${bandWords.value.names[band]} kWh`),
      `${costWords.value.total} kWh`,
      ...present.map((band) => `${bandWords.value.names[band]} ${costWords.value.yuan}`),
      `${costWords.value.total} ${costWords.value.yuan}`,
      costWords.value.coverage,
    ],
    ...rows.map((row) => [
      name(row),
      ...present.map((band) => energyOf(row, band)),
      row.energy,
      ...present.map((band) => row.bands.find((one) => one.band === band)?.cost ?? null),
      row.cost,
      row.coverage,
    ]),
  ];
  return (
    <details class="table">
      <summary>
        {say.value.table} <small>{rows.length}</small>
      </summary>
      <CsvButton name={`tariff-${isoDay(total.start)}`} rows={csv} />
      <section class="scroll" tabIndex={0} aria-label={say.value.table}>
        <table>
          <thead>
            <tr>
              <th>{costWords.value.day}</th>
              {present.map((band) => (
                <th key={band} class="right">
                  {bandWords.value.names[band]} kWh
                </th>
              ))}
              <th class="right">{costWords.value.total} kWh</th>
              <th class="right">{costWords.value.yuan}</th>
              <th class="right">{costWords.value.perKwh}</th>
              <th class="right">{costWords.value.coverage}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.start}>
                <td>{name(row)}</td>
                {present.map((band) => (
                  <td key={band} class="right">
                    {number(energyOf(row, band))}
                  </td>
                ))}
                <td class="right">{number(row.energy)}</td>
                <td class="right">{money(row.cost)}</td>
                <td class="right">{number(meanPrice(row), 4)}</td>
                <td class="right">{percent(row.coverage, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

export function DemandCharges({ demand }: { demand: PeriodCost['demand'] }) {
  return (
    <section class="panel">
      <h2 class="group">{costWords.value.demand}</h2>
      <ul class="steps wide">
        {demand.map(({ start, kW, at, charge }) => (
          <li key={start}>
            <span>
              {(isoDay(start) ?? '').slice(0, 7)}{' '}
              <small>{costWords.value.demandAt(number(kW, 1), at === null ? '—' : dateOf(at))}</small>
            </span>
            <span>
              {money(charge)} <span class="unit">{costWords.value.yuan}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
