// Owns the figures of the day so far: energy, cost, carbon, own share and maximum demand, each a way to its history.
import type { ComponentChildren } from 'preact';
import { slotLength } from '../../../core/calendar.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { compact, hourOf, money, number, percent } from '../format.ts';
import { summaryOf } from '../screens/demand.ts';
import { ask, site, today } from '../state.ts';
import { worded } from '../words.ts';
import { contractOf, contractShare } from './contract.ts';
import { gridCurves } from './day-curve.tsx';
import { Link } from './link.tsx';

const words = worded(
  {
    title: '今日',
    energy: '今日用电',
    cost: '今日电费',
    yuan: '元',
    carbon: '今日碳排放',
    carbonHint: '电、燃气、热',
    own: '今日绿电占比',
    ownHint: '光伏自用 / 用电量',
    demand: '今日最大需量',
    price: (price: string) => `下网均价 ${price} 元/kWh`,
    until: (time: string) => `今日数据截至 ${time}（最近一个完整的 15 分钟）`,
    none: '尚无完整时段',
  },
  {
    title: 'Today',
    energy: 'Energy today',
    cost: 'Cost today',
    yuan: 'CNY',
    carbon: 'Emitted today',
    carbonHint: 'power, gas and heat',
    own: 'Green share today',
    ownHint: 'own PV used / energy used',
    demand: 'Maximum demand today',
    price: (price) => `${price} CNY/kWh from the grid, on average`,
    until: (time) => `The figures of the day end at ${time}, with the last whole quarter of an hour`,
    none: 'no whole slot yet',
  },
);

export function DayFigures() {
  const own = words.value;
  const flow = today.value;
  const range = { range: 'today', from: null, to: null };
  const amount = (list: { id: string; kWh: number | null }[] | undefined, id: string) =>
    list?.find((one) => one.id === id)?.kWh ?? null;
  const grid = amount(flow?.sources, 'grid');
  const generated = amount(flow?.sources, 'generation');
  const exported = amount(flow?.uses, 'export');
  const kept = generated === null || exported === null ? null : generated - exported;
  const used = grid === null || kept === null ? null : grid + kept;
  const curves = gridCurves();
  const [incomer, another] = site.value?.meters.filter(({ role }) => role === 'grid') ?? [];
  const limit = incomer === undefined || another !== undefined ? null : contractOf(incomer.id);
  const most = curves === null ? null : summaryOf(curves.today);
  return (
    <section class="day" aria-label={own.title}>
      <div>
        <Figure id="energy" name={own.energy} value={compact(used)} unit="kWh" to={{ view: 'flow', ...range }} />
        {curves !== null && <Cost {...curves.day} />}
        <Figure
          id="emitted"
          name={own.carbon}
          value={number(flow?.carbon == null ? null : flow.carbon / 1_000, 2)}
          unit="tCO₂e"
          to={{ view: 'carbon' }}
        >
          {own.carbonHint}
        </Figure>
        <Figure
          id="green"
          name={own.own}
          value={percent(used === null || kept === null || used <= 0 ? null : kept / used).replace(' %', '')}
          unit="%"
          to={{ view: 'flow', ...range }}
        >
          {own.ownHint}
        </Figure>
        {curves !== null && (
          <Figure
            id="demand"
            name={own.demand}
            value={compact(most?.maximum)}
            unit="kW"
            to={{ view: 'load', meter: null, ...range }}
          >
            {most?.maximumAt == null
              ? own.none
              : `${limit === null ? '' : `${contractShare(most.maximum, limit)} · `}${hourOf(curves.today.start + most.maximumAt * slotLength)}`}
          </Figure>
        )}
      </div>
      {flow !== null && <p class="hint">{own.until(hourOf(flow.period.end))}</p>}
    </section>
  );
}

function Cost({ start, end }: { start: number; end: number }) {
  const own = words.value;
  const { data } = ask<{ report: TariffReport | null }>(`api/tariff?start=${start}&end=${end}&by=day`).value;
  // A plant without tariffs has no cost to show.
  if (data !== null && data.report === null) return null;
  const { cost = null, energy = null } = data?.report?.total ?? {};
  return (
    <Figure id="cost" name={own.cost} value={money(cost)} unit={own.yuan} to={{ view: 'tariff', range: 'today' }}>
      {cost !== null && energy ? own.price(number(Number(cost) / energy, 4)) : ''}
    </Figure>
  );
}

type FigureProps = {
  id: string;
  name: string;
  value: string;
  unit: string;
  to: Record<string, string | null>;
  children?: ComponentChildren;
};

function Figure({ id, name, value, unit, to, children }: FigureProps) {
  return (
    <Link to={to} data-day={id}>
      <h2>{name}</h2>
      <p class="figure">
        <b class="number">{value}</b> <span class="unit">{unit}</span>
      </p>
      <p class="hint">{children}</p>
    </Link>
  );
}
