// Owns the load curve: a meter's quarters of an hour over the range, what they are compared with, and the maximum demand.

import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { day, type Period, slotLength } from '../../../core/calendar.ts';
import { metersIn, counterOf as readBy } from '../../../core/config/roles.ts';
import type { PointId } from '../../../core/points.ts';
import type { ShownAlarm } from '../../alarms/answers.ts';
import type { LoadCurve } from '../../api/answers.ts';
import type { SiteMeter } from '../../live-frame.ts';
import { go, written } from '../address.ts';
import { compact, dateOf, hourOf, isoDay, momentOf, number, percent, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { type BandStretch, drawBands } from '../parts/band-ground.ts';
import { BandKey, bandOrder } from '../parts/bands.tsx';
import { againstText, ComparisonChoice } from '../parts/comparison.tsx';
import { contractName, contractOf, contractShare } from '../parts/contract.ts';
import { CsvButton } from '../parts/csv.tsx';
import { Delta } from '../parts/delta.tsx';
import { isDashed, LineKeys } from '../parts/line-keys.tsx';
import { Link } from '../parts/link.tsx';
import { NoReadings } from '../parts/no-readings.tsx';
import { Plot, type PlotSpan } from '../parts/plot.tsx';
import { against, calendar, comparison, period } from '../range.ts';
import { ask, site } from '../state.ts';
import { say, worded } from '../words.ts';
import { byDay, summaryOf } from './demand.ts';
import { type Drawn, drawDays, drawQuarters } from './load-lines.ts';

const words = worded(
  {
    title: '负荷曲线与需量',
    choose: '表计',
    hint: '每 15 分钟平均，由电能表差值得出；拖动放大，双击还原',
    maximum: '最大需量',
    maximumOther: '最大流量',
    average: '平均',
    factor: '负荷率',
    total: '合计',
    left: (count: number) => `${count} 个时段数据不完整，以浅色画出，不计入最大值`,
    series: '负荷',
    long: '逐日：最大与平均',
    labels: { load: '负荷', pale: '不完整', before: '对比', maximum: '最大', mean: '平均', pastMaximum: '对比期最大' },
    day: '日期',
    at: '出现时间',
    incomplete: '不完整时段',
    none: '没有可画出负荷的表计：在 site.yaml 中写明表计的 role',
    alarms: (count: number) => `此范围内有 ${count} 条告警，标在图的上沿`,
    aligned: '首日对首日',
    quarter: '时段起点',
    whole: '完整',
  },
  {
    title: 'Load and demand',
    choose: 'Meter',
    hint: 'means of 15 minutes, from differences of the counter; drag to zoom, double click to go back',
    maximum: 'Maximum demand',
    maximumOther: 'Maximum flow',
    average: 'Mean',
    factor: 'Load factor',
    total: 'Sum',
    left: (count) => `${count} slots are incomplete: drawn pale, and not counted for the maximum`,
    series: 'load',
    long: 'day by day: maximum and mean',
    labels: {
      load: 'load',
      pale: 'incomplete',
      before: 'compared',
      maximum: 'maximum',
      mean: 'mean',
      pastMaximum: 'maximum compared',
    },
    day: 'Day',
    at: 'at',
    incomplete: 'Incomplete slots',
    none: 'No meter has a load to draw: give meters their role in site.yaml',
    alarms: (count) => `${count} ${count === 1 ? 'alarm' : 'alarms'} in this range, along the upper edge`,
    aligned: 'first day on first day',
    quarter: 'slot from',
    whole: 'complete',
  },
);

type Counter = { point: PointId; unit: string; rate: string };
const electric: Omit<Counter, 'point'> = { unit: 'kWh', rate: 'kW' };

function counterOf(meter: SiteMeter): Counter | null {
  const expected = expectedOf(meter);
  return expected === null ? null : { ...expected, point: readBy(meter, expected.point) };
}

function expectedOf({ role, carrier }: SiteMeter): Counter | null {
  if (role === 'grid_export') return { point: 'energy_export', ...electric };
  if (role === 'storage_charge') return { point: 'energy_charged', ...electric };
  if (role === 'generation') return { point: 'energy_generated', ...electric };
  if (role === 'storage' || role === 'storage_discharge') return { point: 'energy_discharged', ...electric };
  if (role === 'heat' || role === 'heat_export') return { point: 'heat_energy', unit: 'GJ', rate: 'GJ/h' };
  if (role === 'water') return { point: 'water_volume', unit: 'm3', rate: 'm3/h' };
  if (role === 'fuel') return { point: 'gas_volume', unit: 'Nm3', rate: 'Nm3/h' };
  return carrier === 'electricity' ? { point: 'energy_import', ...electric } : null;
}

const chosenMeter = written('meter');

export function LoadScreen() {
  const plant = site.value;
  const range = period.value;
  if (plant === null || range === null) return <p class="empty">{say.value.loading}</p>;
  const meters = plant.meters.filter((one) => counterOf(one) !== null);
  const meter = meters.find(({ id }) => id === chosenMeter.value) ?? metersIn(meters, 'grid_import')[0] ?? meters[0];
  const counter = meter === undefined ? null : counterOf(meter);
  if (meter === undefined || counter === null) return <p class="empty">{words.value.none}</p>;
  const path = (of: Period) => `api/load?meter=${meter.id}&point=${counter.point}&start=${of.start}&end=${of.end}`;
  const before = against.value;
  return (
    <section class="load">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <div class="range">
        <select
          aria-label={words.value.choose}
          value={meter.id}
          onChange={(event) => go({ meter: event.currentTarget.value })}
        >
          {meters.map((one) => (
            <option key={one.id} value={one.id}>
              {text(one.name)}
            </option>
          ))}
        </select>
        <ComparisonChoice />
      </div>
      <Answered<LoadCurve> path={path(range)}>
        {(curve) => (
          <Curve
            key={meter.id}
            curve={curve}
            other={before === null ? null : ask<LoadCurve>(path(before)).value.data}
            counter={counter}
            range={range}
            name={meter.id}
            alarms={
              ask<ShownAlarm[]>(`api/alarms/of-meter?meter=${meter.id}&start=${range.start}&end=${range.end}`).value
                .data
            }
          />
        )}
      </Answered>
    </section>
  );
}

type CurveProps = {
  curve: LoadCurve;
  other: LoadCurve | null;
  counter: Counter;
  range: Period;
  name: string;
  alarms: ShownAlarm[] | null;
};

function Curve({ curve, other, counter, range, name, alarms }: CurveProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const isLong = range.end - range.start > longestByQuarters;
  const drawn = useMemo(
    () => (isLong ? drawDays(curve, other, range) : drawQuarters(curve, other, range)),
    [curve, other, range.start, range.end],
  );
  const spans = useMemo(() => alarms?.map(spanOf), [alarms]);
  const stretches =
    isLong || counter.rate !== 'kW'
      ? null
      : ask<BandStretch[]>(`api/tariff/bands?start=${range.start}&end=${range.end}`).value.data;
  const ground = useMemo(
    () => (stretches === null || stretches.length === 0 ? undefined : (plot: uPlot) => drawBands(plot, stretches)),
    [stretches],
  );
  const now = useMemo(() => summaryOf(curve), [curve]);
  // Up to the same slot: a week that is not over is not compared with a whole one. A whole month is, with a longer one too.
  const isOver = curve.start + curve.amount.length * slotLength >= range.end;
  const then = useMemo(
    () =>
      other === null
        ? null
        : summaryOf(other, 0, isOver ? undefined : Math.min(other.amount.length, curve.amount.length)),
    [curve, other, isOver],
  );
  // Far below its contract, a curve would lie flat on the ground for the sake of a line.
  const limit = contractOf(name);
  const isNear = limit !== null && now.maximum !== null && now.maximum > limit / 2;
  const levels = useMemo(
    () => [
      ...(now.maximum === null ? [] : [{ value: now.maximum, colour: '--accent' }]),
      ...(isNear ? [{ value: limit, colour: '--bad' }] : []),
    ],
    [now.maximum, isNear, limit],
  );
  const unit = unitText(counter.unit);
  const rate = unitText(counter.rate);
  if (now.total === null) return <NoReadings />;
  const maximumName = counter.rate === 'kW' ? words.value.maximum : words.value.maximumOther;
  const at = (slot: number | null) => (slot === null ? '—' : momentOf(curve.start + slot * slotLength));
  return (
    <>
      <dl class="figures">
        <div data-figure="maximum">
          <dt>{maximumName}</dt>
          <dd>
            <b class="number">{compact(now.maximum)}</b> <span class="unit">{rate}</span>
          </dd>
          <dd class="hint">
            {at(now.maximumAt)} {limit !== null && `· ${contractShare(now.maximum, limit)}`}
            <br />
            <Delta now={now.maximum} before={then?.maximum} against={say.value.comparisons[comparison.value]} />
          </dd>
        </div>
        <div>
          <dt>{words.value.average}</dt>
          <dd>
            <b class="number">{compact(now.mean)}</b> <span class="unit">{rate}</span>
          </dd>
          <dd class="hint">
            {words.value.factor} {percent(now.mean === null || !now.maximum ? null : now.mean / now.maximum)}
          </dd>
        </div>
        <div>
          <dt>{words.value.total}</dt>
          <dd>
            <b class="number">{compact(now.total)}</b> <span class="unit">{unit}</span>
          </dd>
          <dd class="hint">
            <Delta now={now.total} before={then?.total} against={say.value.comparisons[comparison.value]} />
          </dd>
        </div>
      </dl>
      <p class="readout" aria-hidden="true">
        {pointed === null ? (isLong ? words.value.long : '\u00A0') : readout(drawn, pointed, isLong, rate)}
      </p>
      <Plot
        times={drawn.times}
        values={drawn.values}
        series={drawn.series}
        height="clamp(14rem, 42dvh, 30rem)"
        unit={rate}
        label={`${words.value.series}: ${words.value.maximum} ${compact(now.maximum)} ${rate}, ${at(now.maximumAt)}`}
        spans={spans}
        levels={levels}
        ground={ground}
        onPoint={setPointed}
      />
      <p class="keys">
        <LineKeys
          lines={[
            ...drawn.series
              .filter(({ label }) => label !== 'pale' || now.incomplete > 0)
              .map((one) => ({ ...one, label: keyOf(one.label), isDashed: isDashed(one) })),
            { label: `${maximumName} ${compact(now.maximum)} ${rate}`, colour: '--accent', isDashed: true },
            ...(isNear ? [{ label: contractName(limit), colour: '--bad', isDashed: true }] : []),
          ]}
        />
        {ground !== undefined &&
          bandOrder
            .filter((one) => stretches?.some(({ band }) => band === one))
            .map((one) => <BandKey key={one} band={one} />)}
      </p>
      {now.incomplete > 0 && <p class="note">{words.value.left(now.incomplete)}</p>}
      {alarms !== null && alarms.length > 0 && (
        <p class="note">
          <Link to={{ view: 'alarms', tab: null }}>{words.value.alarms(alarms.length)}</Link>
        </p>
      )}
      <Days curve={curve} unit={unit} rate={rate} name={name} />
    </>
  );
}

/** A line is laid over another time from its first day on: its key says which days those are. */
function keyOf(label: string): string {
  const name = words.value.labels[label as keyof typeof words.value.labels];
  if (label !== 'before' && label !== 'pastMaximum') return name;
  return `${label === 'before' ? '' : `${words.value.labels.maximum} · `}${againstText(against.value)} · ${words.value.aligned}`;
}

const colours = { critical: '--bad', warning: '--unknown', info: '--grid' } as const;

const spanOf = ({ first, last, cleared, severity }: ShownAlarm): PlotSpan => ({
  from: first / 1_000,
  to: (cleared ?? last) / 1_000,
  colour: colours[severity],
});

/** Over more days than these, quarters of an hour are a scribble: each day shows its maximum and its mean. */
const longestByQuarters = 45 * day;

function readout({ times, values, series }: Drawn, at: number, isLong: boolean, rate: string): string {
  const time = (times[at] ?? 0) * 1_000;
  const when = isLong ? dateOf(time) : `${momentOf(time)} – ${hourOf(time + slotLength)}`;
  const parts = series.flatMap(({ label }, index) => {
    const value = values[index]?.[at] ?? null;
    return value === null
      ? []
      : [`${words.value.labels[label as keyof typeof words.value.labels]} ${compact(value)} ${rate}`];
  });
  return [when, ...parts].join(' · ');
}

function Days({ curve, unit, rate, name }: { curve: LoadCurve; unit: string; rate: string; name: string }) {
  const plant = calendar.value;
  const [isOpen, open] = useState(false);
  // A year has many rows: they are made for who wants to see them.
  const days = useMemo(() => (plant === null || !isOpen ? [] : byDay(curve, plant)), [curve, plant, isOpen]);
  const rows = () => [
    [words.value.quarter, unit, words.value.whole],
    ...curve.amount.map((amount, at) => [
      new Date(curve.start + at * slotLength).toISOString(),
      amount,
      curve.whole[at] ?? 0,
    ]),
  ];
  return (
    <details class="table" onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary>{say.value.table}</summary>
      <CsvButton name={`${name}-${isoDay(curve.start)}`} rows={rows} />
      {isOpen && (
        <section class="scroll" tabIndex={0} aria-label={say.value.table}>
          <table>
            <thead>
              <tr>
                <th>{words.value.day}</th>
                <th class="right">
                  {words.value.total} {unit}
                </th>
                <th class="right">
                  {words.value.maximum} {rate}
                </th>
                <th>{words.value.at}</th>
                <th class="right">{words.value.incomplete}</th>
              </tr>
            </thead>
            <tbody>
              {days.map(({ start, total, maximum, maximumAt, incomplete }) => (
                <tr key={start}>
                  <td>{dateOf(start)}</td>
                  <td class="right">{number(total, 1)}</td>
                  <td class="right">{number(maximum, 1)}</td>
                  <td>{maximumAt === null ? '—' : hourOf(start + maximumAt * slotLength)}</td>
                  <td class="right">{incomplete}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
