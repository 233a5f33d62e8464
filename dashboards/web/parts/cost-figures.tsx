// Owns the first figures of what power cost: money, energy, mean price, and how much of it was measured.
import type { CostRow } from '../../../scoring/tariff/cost.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { money, number, percent } from '../format.ts';
import { comparison } from '../range.ts';
import { say } from '../words.ts';
import { costWords } from './cost-words.ts';
import { Delta } from './delta.tsx';

export const meanPrice = ({ cost, energy }: Pick<CostRow, 'cost' | 'energy'>): number | null =>
  cost === null || energy === null || energy === 0 ? null : Number(cost) / energy;

export function CostFigures({
  report: { total, flat },
  before,
}: {
  report: TariffReport;
  before: TariffReport | null;
}) {
  const own = costWords.value;
  const against = say.value.comparisons[comparison.value];
  const price = meanPrice(total);
  const apart =
    total.cost === null || flat === null || !total.energy ? null : (Number(total.cost) - Number(flat)) / total.energy;
  const costs = (row: CostRow | undefined) => (row?.cost == null ? null : Number(row.cost));
  return (
    <dl class="figures">
      <div data-figure="cost">
        <dt>{own.cost}</dt>
        <dd>
          <b class="number">{money(total.cost)}</b> <span class="unit">{own.yuan}</span>
        </dd>
        <dd class="hint">
          <Delta now={costs(total)} before={costs(before?.total)} against={against} />
        </dd>
      </div>
      <div data-figure="energy">
        <dt>{own.energy}</dt>
        <dd>
          <b class="number">{number(total.energy)}</b> <span class="unit">kWh</span>
        </dd>
        <dd class="hint">
          <Delta now={total.energy} before={before?.total.energy} against={against} />
        </dd>
      </div>
      <div data-figure="price">
        <dt>{own.price}</dt>
        <dd>
          <b class="number">{number(price, 4)}</b> <span class="unit">{own.perKwh}</span>
        </dd>
        <dd class="hint">
          {apart !== null && own.flat(`${apart > 0 ? '+' : ''}${number(apart, 4)}`)}
          <br />
          <Delta now={price} before={before === null ? null : meanPrice(before.total)} against={against} />
        </dd>
      </div>
      <div>
        <dt>{own.coverage}</dt>
        <dd>
          <b class="number">{percent(total.coverage, 2)}</b>
        </dd>
        <dd class="hint">{total.estimated > 0 && own.estimated(percent(total.estimated / (total.energy || 1), 2))}</dd>
      </div>
    </dl>
  );
}
