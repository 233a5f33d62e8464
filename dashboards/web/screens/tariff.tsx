// Owns the screen of time-of-use tariffs: what the grid's power cost by band, what moving load would change, and which notices say so.
import { day, type Period, slotLength } from '../../../core/calendar.ts';
import { metersIn } from '../../../core/config/roles.ts';
import type { CostRow, PeriodCost } from '../../../scoring/tariff/cost.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { choice, go, written } from '../address.ts';
import { compact, dateOf, isoDay, money, number, percent, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { BandKey, bandClass, bandOrder, bandWords } from '../parts/bands.tsx';
import { Choices } from '../parts/choices.tsx';
import { ComparisonChoice } from '../parts/comparison.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { Delta } from '../parts/delta.tsx';
import { type Bar, StackedBars } from '../parts/stacked-bars.tsx';
import { TariffVersions } from '../parts/tariff-versions.tsx';
import { WhatIf } from '../parts/what-if.tsx';
import { calendar, compared, comparison, period } from '../range.ts';
import { ask, site } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '分时电量与电费',
    hint: '下网电量，每 15 分钟计入其起点所在的时段；金额为精确小数，四舍五入到分',
    none: '本站点没有 tariffs.yaml：在站点文件夹中写明所执行的电价表与单价后即可计算电费',
    example: '样例见 deploy/sites/demo/tariffs.yaml',
    nothing: '此范围内没有读数',
    all: '全部总进线',
    measure: '显示',
    measures: { energy: '电量', cost: '电费' },
    grain: '分组',
    grains: { day: '按日', month: '按月' },
    cost: '电费',
    yuan: '元',
    energy: '下网电量',
    price: '平均电价',
    perKwh: '元/kWh',
    flat: (difference: string) => `比全按平段 ${difference}`,
    coverage: '读数覆盖',
    estimated: (share: string) => `其中时间为推定 ${share}`,
    ghost: '对比期',
    over: '逐期',
    shares: '各时段',
    band: '时段',
    share: '占比',
    total: '合计',
    unassigned: (energy: string) => `${energy} kWh 所在时间没有电价表，未计费`,
    demand: '需量电费（另计）',
    demandAt: (kW: string, when: string) => `最大需量 ${kW} kW，${when}`,
    noData: '缺',
    day: '日期',
  },
  {
    title: 'Time-of-use energy and cost',
    hint: 'from the grid; each quarter of an hour counts in the band in which it begins; amounts are exact, shown half up to the fen',
    none: 'This site has no tariffs.yaml: write into the folder of the site which table holds and what a kWh costs',
    example: 'see deploy/sites/demo/tariffs.yaml',
    nothing: 'There are no readings in this range',
    all: 'All incomers',
    measure: 'Show',
    measures: { energy: 'Energy', cost: 'Cost' },
    grain: 'Grouped',
    grains: { day: 'by day', month: 'by month' },
    cost: 'Cost of energy',
    yuan: 'CNY',
    energy: 'Energy from the grid',
    price: 'Mean price',
    perKwh: 'CNY/kWh',
    flat: (difference) => `against all at flat ${difference}`,
    coverage: 'Readings cover',
    estimated: (share) => `time assumed for ${share}`,
    ghost: 'compared with',
    over: 'Over time',
    shares: 'By band',
    band: 'Band',
    share: 'Share',
    total: 'Sum',
    unassigned: (energy) => `${energy} kWh fall into a time without a table, and have no cost`,
    demand: 'Demand charge (on top)',
    demandAt: (kW, when) => `maximum demand ${kW} kW, ${when}`,
    noData: 'none',
    day: 'Day',
  },
);

const chosenMeter = written('meter');
const measure = choice('measure', ['energy', 'cost'] as const, () => 'energy');
const grain = choice<'day' | 'month' | 'fit'>('by', ['day', 'month'], () => 'fit');
const longestByDays = 62 * day;

type TariffAnswer = { report: TariffReport | null };

const meanPrice = ({ cost, energy }: Pick<CostRow, 'cost' | 'energy'>): number | null =>
  cost === null || energy === null || energy === 0 ? null : Number(cost) / energy;

export function TariffScreen() {
  const range = period.value;
  const plant = site.value;
  if (range === null || plant === null) return <p class="empty">{say.value.loading}</p>;
  const incomers = metersIn(plant.meters, 'grid_import');
  const meter = incomers.find(({ id }) => id === chosenMeter.value)?.id;
  const by = grain.value !== 'fit' ? grain.value : range.end - range.start > longestByDays ? 'month' : 'day';
  const path = ({ start, end }: Period) =>
    `api/tariff?start=${start}&end=${end}&by=${by}${meter === undefined ? '' : `&meter=${meter}`}`;
  return (
    <section class="tariff">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <div class="range">
        {incomers.length > 1 && (
          <select
            aria-label={say.value.meter}
            value={meter ?? ''}
            onChange={(event) => go({ meter: event.currentTarget.value || null })}
          >
            <option value="">{words.value.all}</option>
            {incomers.map(({ id, name }) => (
              <option key={id} value={id}>
                {text(name)}
              </option>
            ))}
          </select>
        )}
        <Choices
          name={words.value.grain}
          all={['day', 'month'] as const}
          chosen={by}
          say={(one) => words.value.grains[one]}
          choose={(one) => go({ by: one }, 'replace')}
        />
        <ComparisonChoice />
      </div>
      <Answered<TariffAnswer> path={path(range)}>
        {({ report }) =>
          report === null ? (
            <p class="empty">
              {words.value.none}
              <br />
              <small>{words.value.example}</small>
            </p>
          ) : (
            <Costs report={report} range={range} path={path} />
          )
        }
      </Answered>
    </section>
  );
}

function Costs({ report, range, path }: { report: TariffReport; range: Period; path: (of: Period) => string }) {
  const before = pastOf(report, range, path);
  const { total } = report;
  const shown = measure.value;
  const unit = shown === 'energy' ? 'kWh' : words.value.yuan;
  const amount = (row: Pick<CostRow, 'energy' | 'cost'>) =>
    shown === 'energy' ? row.energy : row.cost === null ? null : Number(row.cost);
  if (total.energy === null) return <p class="empty">{words.value.nothing}</p>;
  // Months begin where months begin: those of a year before do, those of another stretch of days do not.
  const isAligned = report.by === 'day' || comparison.value === 'year';
  const bars = report.rows.map(
    (row, index): Bar => ({
      key: row.start,
      tick: tickOf(row, report.by),
      missing: row.energy === null,
      ghost:
        before === null || !isAligned ? null : (amount(before.rows[index] ?? { energy: null, cost: null }) ?? null),
      parts: bandOrder.flatMap((band) => {
        const own = row.bands.find((one) => one.band === band);
        const value = own === undefined ? null : amount(own);
        return value === null ? [] : [{ id: band, value }];
      }),
    }),
  );
  const present = bandOrder.filter((band) => total.bands.some((one) => one.band === band));
  return (
    <>
      <Figures report={report} before={before} />
      {report.notes.map((note) => (
        <p key={note.zh} class="note">
          {text(note)}
        </p>
      ))}
      {total.unassigned > 0 && <p class="note">{words.value.unassigned(number(total.unassigned))}</p>}
      <section class="panel">
        <h2 class="group">{words.value.over}</h2>
        <div class="range">
          <div class="keys">
            {present.map((band) => (
              <BandKey key={band} band={band} />
            ))}
            {before !== null && isAligned && (
              <span>
                <i class="ghost-key" />
                {words.value.ghost} {say.value.comparisons[comparison.value]}
              </span>
            )}
          </div>
          <Choices
            name={words.value.measure}
            all={['energy', 'cost'] as const}
            chosen={shown}
            say={(one) => words.value.measures[one]}
            choose={(one) => go({ measure: one }, 'replace')}
          />
        </div>
        <StackedBars
          bars={bars}
          unit={unit}
          empty={words.value.noData}
          classOf={bandClass}
          label={`${words.value.measures[shown]}: ${present
            .map((band) => {
              const own = total.bands.find((one) => one.band === band);
              return `${bandWords.value.names[band]} ${own === undefined ? '—' : compact(amount(own))} ${unit}`;
            })
            .join(', ')}`}
          read={(index) => readout(report.rows[index], report.by)}
        />
        <Rows report={report} />
      </section>
      <div class="halves">
        <section class="panel">
          <h2 class="group">{words.value.shares}</h2>
          <Shares total={total} before={before?.total ?? null} />
        </section>
        <WhatIf report={report} />
      </div>
      {report.demand.length > 0 && <Demand demand={report.demand} />}
      <TariffVersions versions={report.versions} />
    </>
  );
}

/** Up to the same moment: a month that is not over is not compared with a whole one. */
function pastOf({ until, rows }: TariffReport, range: Period, path: (of: Period) => string): TariffReport | null {
  const plant = calendar.value;
  const other = plant === null ? null : compared(range, comparison.value, plant);
  if (other === null || rows.length === 0) return null;
  const passed = Math.floor((until - range.start) / slotLength) * slotLength;
  const end = until >= range.end ? other.end : Math.min(other.end, other.start + passed);
  if (end <= other.start) return null;
  const found = ask<TariffAnswer>(path({ start: other.start, end })).value.data?.report;
  return found == null || found.total.energy === null ? null : found;
}

const tickOf = ({ start }: Period, by: 'day' | 'month'): string => {
  const iso = isoDay(start) ?? '';
  return by === 'month' ? iso.slice(0, 7) : iso.slice(5);
};

function readout(row: CostRow | undefined, by: 'day' | 'month'): string {
  if (row === undefined) return '';
  const when = by === 'month' ? (isoDay(row.start) ?? '').slice(0, 7) : dateOf(row.start);
  return [
    when,
    `${number(row.energy)} kWh`,
    `${money(row.cost)} ${words.value.yuan}`,
    ...row.bands.map(({ band, energy }) => `${bandWords.value.names[band]} ${number(energy)}`),
  ].join(' · ');
}

function Figures({ report: { total, flat }, before }: { report: TariffReport; before: TariffReport | null }) {
  const own = words.value;
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

function Shares({ total, before }: { total: CostRow; before: CostRow | null }) {
  const whole = total.energy || 1;
  const listed = bandOrder.flatMap((band) => total.bands.find((one) => one.band === band) ?? []);
  const against = say.value.comparisons[comparison.value];
  return (
    <>
      <div
        class="share"
        role="img"
        aria-label={listed
          .map(({ band, energy }) => `${bandWords.value.names[band]} ${percent((energy ?? 0) / whole)}`)
          .join(', ')}
      >
        {listed.map(({ band, energy }) => (
          <i key={band} class={bandClass(band)} style={{ flexGrow: (energy ?? 0) / whole }} />
        ))}
      </div>
      <section class="scroll" tabIndex={0} aria-label={words.value.shares}>
        <table>
          <thead>
            <tr>
              <th>{words.value.band}</th>
              <th class="right">kWh</th>
              <th class="right">{words.value.share}</th>
              <th class="right">{words.value.yuan}</th>
              <th class="right">{words.value.perKwh}</th>
              {before !== null && <th class="right">{against}</th>}
            </tr>
          </thead>
          <tbody>
            {listed.map((one) => (
              <tr key={one.band} data-band={one.band}>
                <td>
                  <BandKey band={one.band} />
                </td>
                <td class="right">{number(one.energy)}</td>
                <td class="right">{percent((one.energy ?? 0) / whole)}</td>
                <td class="right">{money(one.cost)}</td>
                <td class="right">{number(meanPrice(one), 4)}</td>
                {before !== null && (
                  <td class="right">
                    <Delta
                      now={one.energy}
                      before={before.bands.find(({ band }) => band === one.band)?.energy}
                      against=""
                    />
                  </td>
                )}
              </tr>
            ))}
            <tr>
              <td>{words.value.total}</td>
              <td class="right">{number(total.energy)}</td>
              <td class="right">{percent(1)}</td>
              <td class="right">{money(total.cost)}</td>
              <td class="right">{number(meanPrice(total), 4)}</td>
              {before !== null && (
                <td class="right">
                  <Delta now={total.energy} before={before.energy} against="" />
                </td>
              )}
            </tr>
          </tbody>
        </table>
      </section>
    </>
  );
}

function Rows({ report: { rows, by, total } }: { report: TariffReport }) {
  const present = bandOrder.filter((band) => total.bands.some((one) => one.band === band));
  const name = (row: CostRow) => (by === 'month' ? (isoDay(row.start) ?? '').slice(0, 7) : (isoDay(row.start) ?? ''));
  const energyOf = (row: CostRow, band: string) => row.bands.find((one) => one.band === band)?.energy ?? null;
  const csv = () => [
    [
      words.value.day,
      ...present.map((band) => `${bandWords.value.names[band]} kWh`),
      `${words.value.total} kWh`,
      ...present.map((band) => `${bandWords.value.names[band]} ${words.value.yuan}`),
      `${words.value.total} ${words.value.yuan}`,
      words.value.coverage,
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
              <th>{words.value.day}</th>
              {present.map((band) => (
                <th key={band} class="right">
                  {bandWords.value.names[band]} kWh
                </th>
              ))}
              <th class="right">{words.value.total} kWh</th>
              <th class="right">{words.value.yuan}</th>
              <th class="right">{words.value.perKwh}</th>
              <th class="right">{words.value.coverage}</th>
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

function Demand({ demand }: { demand: PeriodCost['demand'] }) {
  return (
    <section class="panel">
      <h2 class="group">{words.value.demand}</h2>
      <ul class="steps wide">
        {demand.map(({ start, kW, at, charge }) => (
          <li key={start}>
            <span>
              {(isoDay(start) ?? '').slice(0, 7)}{' '}
              <small>{words.value.demandAt(number(kW, 1), at === null ? '—' : dateOf(at))}</small>
            </span>
            <span>
              {money(charge)} <span class="unit">{words.value.yuan}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
