// Owns the day's load from the grid: quarters of an hour over the bands of the tariff, with yesterday behind them.
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Period } from '../../../core/calendar.ts';
import type { LoadCurve } from '../../api/answers.ts';
import { compact, hourOf, momentOf } from '../format.ts';
import { calendar } from '../range.ts';
import { summaryOf } from '../screens/demand.ts';
import { drawQuarters } from '../screens/load-lines.ts';
import { ask, site, today } from '../state.ts';
import { say, worded } from '../words.ts';
import { type BandStretch, drawBands } from './band-ground.ts';
import { BandKey, bandOrder } from './bands.tsx';
import { CsvButton } from './csv.tsx';
import { Link } from './link.tsx';
import { Plot } from './plot.tsx';

const words = worded(
  {
    title: '今日下网负荷',
    hint: '每 15 分钟平均',
    today: '今日',
    yesterday: '昨日',
    summary: (most: string, at: string) => `今日下网负荷曲线：最大 ${most} kW，${at}`,
    more: '负荷曲线与需量',
    slot: '时段起点',
  },
  {
    title: "Today's load from the grid",
    hint: 'means of 15 minutes',
    today: 'today',
    yesterday: 'yesterday',
    summary: (most, at) => `Load from the grid today: at most ${most} kW, ${at}`,
    more: 'Load and demand',
    slot: 'slot from',
  },
);

/** Several incomers take from the grid together; what one of them does not know, the sum does not know. */
function together(curves: (LoadCurve | null)[]): LoadCurve | null {
  const [first, ...rest] = curves;
  if (first == null || rest.includes(null)) return null;
  return rest.reduce<LoadCurve>(
    (sum, one) => ({
      start: sum.start,
      amount: sum.amount.map((amount, at) =>
        amount === null || one?.amount[at] == null ? null : amount + one.amount[at],
      ),
      whole: sum.whole.map((whole, at) => (whole === 1 && one?.whole[at] === 1 ? 1 : 0)),
    }),
    first,
  );
}

/** Null where nothing measures the grid, or while it is being asked for. */
export function gridCurves(): { day: Period; today: LoadCurve; yesterday: LoadCurve | null } | null {
  const plant = calendar.value;
  const meters = site.value?.meters.filter(({ role }) => role === 'grid') ?? [];
  // The day's flow comes anew twice a minute, and this with it.
  const start = today.value?.period.start;
  if (plant === null || start === undefined || meters.length === 0) return null;
  const curveOf = (of: Period) =>
    together(
      meters.map(
        ({ id }) =>
          ask<LoadCurve>(`api/load?meter=${id}&point=energy_import&start=${of.start}&end=${of.end}`).value.data,
      ),
    );
  const day = plant.dayOf(start);
  const now = curveOf(day);
  return now === null ? null : { day, today: now, yesterday: curveOf(plant.dayOf(start - 1)) };
}

export function DayCurve() {
  const [pointed, point] = useState<number | null>(null);
  const curves = gridCurves();
  const start = curves?.day.start;
  const { today: now = null, yesterday = null, day = null } = curves ?? {};
  const drawn = useMemo(
    () => (now === null || day === null ? null : drawQuarters(now, yesterday, day)),
    [now, yesterday, start],
  );
  const stretches =
    day === null ? null : ask<BandStretch[]>(`api/tariff/bands?start=${day.start}&end=${day.end}`).value.data;
  const ground = useMemo(
    () => (stretches === null || stretches.length === 0 ? undefined : (plot: uPlot) => drawBands(plot, stretches)),
    [stretches],
  );
  if (!site.value?.meters.some(({ role }) => role === 'grid')) return null;
  if (now === null || drawn === null) return <div class="day-curve awaited" aria-busy="true" />;
  const own = words.value;
  const most = summaryOf(now);
  const at = most.maximumAt === null ? '—' : momentOf(now.start + most.maximumAt * 900_000);
  const named: Record<string, string> = { before: own.yesterday, load: own.today, pale: own.today };
  const rows = () => [
    [own.slot, ...drawn.series.map(({ label }) => `${label} kW`)],
    ...drawn.times.map((time, index) => [
      new Date(time * 1_000).toISOString(),
      ...drawn.values.map((values) => values[index] ?? null),
    ]),
  ];
  const read = (index: number) =>
    drawn.series
      .flatMap(({ label }, line) => {
        const value = drawn.values[line]?.[index];
        return value == null ? [] : [`${named[label]} ${compact(value)} kW`];
      })
      .join(' · ');
  return (
    <section class="day-curve">
      <h2 class="group">
        {own.title} <small>{own.hint}</small>
        <Link to={{ view: 'load', meter: null, range: 'today' }} class="aside">
          {own.more} →
        </Link>
      </h2>
      <div class="keys">
        <span>
          <i class="line-key" /> {own.today}
        </span>
        {yesterday !== null && (
          <span>
            <i class="line-key ghost" /> {own.yesterday}
          </span>
        )}
        {bandOrder
          .filter((one) => stretches?.some(({ band }) => band === one))
          .map((one) => (
            <BandKey key={one} band={one} />
          ))}
        <span class="read" aria-hidden="true">
          {pointed === null ? '' : `${hourOf((drawn.times[pointed] ?? 0) * 1_000)} · ${read(pointed)}`}
        </span>
      </div>
      <Plot
        times={drawn.times}
        values={drawn.values}
        series={drawn.series}
        height="15rem"
        unit="kW"
        label={own.summary(compact(most.maximum), at)}
        ground={ground}
        onPoint={point}
      />
      <details class="table">
        <summary>{say.value.table}</summary>
        <CsvButton name="today" rows={rows} />
        <section class="scroll" tabIndex={0} aria-label={own.title}>
          <table>
            <thead>
              <tr>
                <th>{own.slot}</th>
                {drawn.series.map(({ label }) => (
                  <th key={label} class="right">
                    {label === 'pale' ? `${named[label]} *` : named[label]} kW
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {drawn.times.map((time, index) => (
                <tr key={time}>
                  <td>{hourOf(time * 1_000)}</td>
                  {drawn.values.map((values, line) => (
                    <td key={drawn.series[line]?.label} class="right">
                      {compact(values[index])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
