// Owns location-based against market-based: what certificates and contracts take off, step by step, at which factor.
import type { CarbonReport } from '../../../scoring/carbon/report.ts';
import { go } from '../address.ts';
import { exact, number, unitText } from '../format.ts';
import { say, worded } from '../words.ts';
import { MarkChip } from './mark-chip.tsx';

const words = worded(
  {
    title: '购入电力：基于位置与基于市场',
    imported: '下网电量',
    certificates: '减：已核销绿证',
    contracted: '减：绿电合同（未随附绿证）',
    rest: '其余电量',
    residual: '× 剩余电力因子',
    market: '基于市场',
    location: '基于位置（全部按平均因子）',
    difference: '相差',
    why: '绿电计零后，其余电量须用扣除市场化非化石电量后的因子，否则重复计算；两种口径并列，不混用。',
  },
  {
    title: 'Purchased power: location against market',
    imported: 'from the grid',
    certificates: 'less: certificates retired',
    contracted: 'less: green power by contract',
    rest: 'what is left',
    residual: '× residual factor',
    market: 'Market-based',
    location: 'Location-based (all at the average factor)',
    difference: 'Difference',
    why: 'Green power counts zero, so what is left has the factor that market-traded non-fossil power was taken out of; the two stand beside each other and never mix.',
  },
);

export function Market({ report: { traces, residualFactor } }: { report: CarbonReport }) {
  const own = words.value;
  const find = (id: string) => traces.find((one) => one.id === id);
  const value = (id: string) => find(id)?.value ?? null;
  const inMwh = (kWh: number | null) => (kWh === null ? null : kWh / 1_000);
  const imported = inMwh(value('grid_import'));
  const [certificates, contracted] = [value('certificates_retired'), value('green_power_contracted')];
  const left =
    imported === null || certificates === null || contracted === null
      ? null
      : Math.max(0, imported - certificates - contracted);
  const [location, based] = [value('emissions_electricity'), value('emissions_electricity_market')];
  const row = (name: string, amount: number | null, unit: string, trace?: string) => (
    <li>
      {trace === undefined ? (
        <span>{name}</span>
      ) : (
        <button type="button" data-figure={trace} onClick={() => go({ trace })}>
          {name}
        </button>
      )}
      <span>
        {amount === null ? say.value.missing : `${amount < 0 ? '− ' : ''}${number(Math.abs(amount), 1)}`}{' '}
        <span class="unit">{unitText(unit)}</span>
      </span>
    </li>
  );
  return (
    <section class="panel" data-figure="market">
      <h2 class="group">{own.title}</h2>
      <ul class="steps">
        {row(own.imported, imported, 'MWh', 'grid_import')}
        {row(own.certificates, certificates === null ? null : -certificates, 'MWh', 'certificates_retired')}
        {contracted !== 0 &&
          row(own.contracted, contracted === null ? null : -contracted, 'MWh', 'green_power_contracted')}
        {row(own.rest, left, 'MWh')}
        {residualFactor !== null && (
          <li>
            <span>
              {own.residual}{' '}
              {residualFactor.factor !== undefined && <MarkChip mark={residualFactor.factor.confidence} />}
            </span>
            <span>
              {residualFactor.value === null ? say.value.missing : exact(residualFactor.value)}{' '}
              <span class="unit">{unitText(residualFactor.unit)}</span>
            </span>
          </li>
        )}
        <li class="sum">
          <button
            type="button"
            data-figure="emissions_electricity_market"
            onClick={() => go({ trace: 'emissions_electricity_market' })}
          >
            {own.market}
          </button>
          <span>
            {number(based, 1)} <span class="unit">{unitText('tCO2e')}</span>
          </span>
        </li>
        {row(own.location, location, 'tCO2e', 'emissions_electricity')}
        {row(own.difference, location === null || based === null ? null : based - location, 'tCO2e')}
      </ul>
      <p class="hint">{own.why}</p>
    </section>
  );
}
