// Owns the screen of carbon: a year's emissions by source and month, location against market, and what changed since the year before.

import type { Trace } from '../../../core/trace.ts';
import type { CarbonReport, MonthReport } from '../../../scoring/carbon/report.ts';
import { choice, go } from '../address.ts';
import { isoDay, number, percent, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Bridge } from '../parts/bridge.tsx';
import { Choices } from '../parts/choices.tsx';
import { ComparisonChoice } from '../parts/comparison.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { changeText, Delta } from '../parts/delta.tsx';
import { Sources } from '../parts/emission-sources.tsx';
import { Market } from '../parts/market-based.tsx';
import { type Bar, StackedBars } from '../parts/stacked-bars.tsx';
import { comparison } from '../range.ts';
import { site } from '../state.ts';
import { say, worded } from '../words.ts';
import { scoreAddress } from './score.tsx';

const words = worded(
  {
    title: '碳排放',
    hint: '逐月之和等于全年；每个数字都可打开溯源。范围三未核算',
    year: '年度',
    none: (year: number) => `${year} 年没有可核算的数据`,
    total: '总量（基于位置）',
    market: '总量（基于市场）',
    scope: { 1: '范围一', 2: '范围二' },
    direct: '厂内直接排放',
    indirect: '购入电力与热力',
    months: '逐月排放',
    stack: '分组',
    stacks: { source: '按来源', scope: '按范围' },
    month: '月份',
    sum: '合计',
    previous: '上年同月',
    monthBefore: '环比上月',
    yearBefore: '同比',
    apportioned: '按天数分摊（发票或申报只知其期间总量）',
    apportionedShort: '其中分摊',
    missing: '缺',
    noReadings: (list: string) => `${list} 月有表计没有读数：该月合计只是已知部分`,
    against: (months: number) => (months === 12 ? '同比' : `前 ${months} 个月同比`),
    wholeYear: '较上年全年',
    sources: '排放来源',
  },
  {
    title: 'Carbon',
    hint: 'months add up to the year; every figure opens its trace. Scope 3 is not accounted',
    year: 'Year',
    none: (year) => `There is nothing to account for in ${year}`,
    total: 'Total (location-based)',
    market: 'Total (market-based)',
    scope: { 1: 'Scope 1', 2: 'Scope 2' },
    direct: 'emitted in the plant',
    indirect: 'purchased power and heat',
    months: 'Month by month',
    stack: 'Stacked',
    stacks: { source: 'by source', scope: 'by scope' },
    month: 'Month',
    sum: 'Sum',
    previous: 'Same month a year before',
    monthBefore: 'Against the month before',
    yearBefore: 'Against a year before',
    apportioned: 'spread over days (an invoice or a statement tells only the sum of its time)',
    apportionedShort: 'of it spread',
    missing: 'none',
    noReadings: (list) => `In month ${list} a meter has no readings: its sum is only what is known`,
    against: (months) => (months === 12 ? 'year before' : `first ${months} months, year before`),
    wholeYear: 'the whole year before',
    sources: 'Sources',
  },
);

const stack = choice('stack', ['source', 'scope'] as const, () => 'source');
const isCompared = (): boolean => comparison.value !== 'none';

export function CarbonScreen() {
  const plant = site.value;
  const address = scoreAddress();
  if (plant === null || address === null) return <p class="empty">{say.value.loading}</p>;
  const { year } = address;
  const years = [plant.lastClosedYear + 1, plant.lastClosedYear, plant.lastClosedYear - 1].map(String);
  return (
    <section class="carbon">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <div class="range">
        <Choices
          name={words.value.year}
          all={years}
          chosen={String(year)}
          say={(one) => one}
          choose={(one) => go({ year: one })}
        />
        <ComparisonChoice all={['none', 'year']} />
      </div>
      <Answered<CarbonReport> key={year} path={`api/carbon/${year}`}>
        {(report) => <Year report={report} />}
      </Answered>
    </section>
  );
}

function Year({ report }: { report: CarbonReport }) {
  const { sources, months, year } = report;
  if (months.every(({ total }) => total === null)) return <p class="empty">{words.value.none(year)}</p>;
  const gaps = months.filter(({ missing, total }) => missing && total !== null).map(({ month }) => month);
  return (
    <>
      <Figures report={report} />
      {gaps.length > 0 && <p class="note">{words.value.noReadings(gaps.join(', '))}</p>}
      <Months report={report} />
      <div class="halves">
        <section class="panel">
          <h2 class="group">{words.value.sources}</h2>
          <Sources sources={sources} />
        </section>
        <Market report={report} />
      </div>
      <Bridge report={report} />
    </>
  );
}

function Figures({ report }: { report: CarbonReport }) {
  const own = words.value;
  const find = (id: string) => report.traces.find((one) => one.id === id);
  const { comparedMonths, bridge, sources } = report;
  const comparable = isCompared() && !('missing' in bridge) ? bridge : null;
  const whole = comparedMonths === 12;
  const scopeOf = (scope: 1 | 2) => {
    const of = sources.filter((one) => one.scope === scope);
    return of.some(({ value }) => value === null) ? null : of.reduce((all, { value }) => all + (value ?? 0), 0);
  };
  const comparedScope = (scope: 1 | 2, side: 'now' | 'before') =>
    sources.filter((one) => one.scope === scope).reduce((all, { compared }) => all + (compared?.[side] ?? 0), 0);
  const against = own.against(comparedMonths);
  const wholeYear = (trace: Trace | undefined) =>
    isCompared() && whole ? (
      <Delta now={trace?.value ?? null} before={report.before[trace?.id ?? '']} against={against} />
    ) : null;
  return (
    <dl class="figures">
      <Opening trace={find('emissions_total')} name={own.total}>
        {comparable !== null && <Delta now={comparable.after} before={comparable.before} against={against} />}
      </Opening>
      <Opening trace={find('emissions_total_market')} name={own.market}>
        {wholeYear(find('emissions_total_market'))}
      </Opening>
      {([1, 2] as const).map((scope) => (
        <div key={scope} data-figure={`scope${scope}`}>
          <dt>{own.scope[scope]}</dt>
          <dd>
            <b class="number">{number(scopeOf(scope), 1)}</b> <span class="unit">{unitText('tCO2e')}</span>
          </dd>
          <dd class="hint">
            {scope === 1 ? own.direct : own.indirect}
            <br />
            {comparable !== null && (
              <Delta now={comparedScope(scope, 'now')} before={comparedScope(scope, 'before')} against={against} />
            )}
          </dd>
        </div>
      ))}
      {report.traces
        .filter(({ id }) => id.startsWith('carbon_per_'))
        .map((trace) => (
          <Opening key={trace.id} trace={trace} name={text(trace.name)} digits={4}>
            {wholeYear(trace)}
          </Opening>
        ))}
    </dl>
  );
}

function Opening(props: {
  trace: Trace | undefined;
  name: string;
  digits?: number;
  children: preact.ComponentChildren;
}) {
  const { trace, name, digits = 1, children } = props;
  if (trace === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <button type="button" class="link" data-figure={trace.id} onClick={() => go({ trace: trace.id })}>
          <b class="number">{number(trace.value, digits)}</b> <span class="unit">{unitText(trace.unit)}</span>
        </button>
      </dd>
      <dd class="hint">{children}</dd>
    </div>
  );
}

type Part = MonthReport['of'][number];

function Months({ report }: { report: CarbonReport }) {
  const { months, sources } = report;
  const scopeOf = (id: string) => sources.find((one) => one.id === id)?.scope ?? 1;
  const isGrouped = stack.value === 'scope';
  const merged = (parts: readonly Part[]) =>
    ([1, 2] as const).flatMap((scope) => {
      const own = parts.filter(({ id }) => scopeOf(id) === scope);
      const value = own.reduce((all, one) => all + one.value, 0);
      return value === 0 ? [] : [{ id: `scope${scope}`, value }];
    });
  const bars = months.map(
    (one): Bar => ({
      key: one.month,
      tick: String(one.month),
      missing: one.total === null && one.start < Date.now(),
      ghost: isCompared() ? one.before : null,
      parts: isGrouped
        ? merged(one.of)
        : one.of.map(({ id, value, apportioned }) => ({ id, value, hatched: apportioned === value && value !== 0 })),
    }),
  );
  const nameOf = (id: string) => {
    const found = sources.find((one) => one.id === id);
    return found === undefined ? id : text(found.name);
  };
  const keys = isGrouped
    ? (['scope1', 'scope2'] as const).map((id) => ({ id, name: words.value.scope[id === 'scope1' ? 1 : 2] }))
    : sources.map(({ id }) => ({ id, name: nameOf(id) }));
  const unit = unitText('tCO2e');
  const known = months.filter(({ total }) => total !== null);
  const highest = known.reduce<MonthReport | undefined>(
    (best, one) => ((one.total ?? 0) > (best?.total ?? Number.NEGATIVE_INFINITY) ? one : best),
    undefined,
  );
  return (
    <section class="panel">
      <h2 class="group">{words.value.months}</h2>
      <div class="range">
        <div class="keys">
          {keys.map(({ id, name }) => (
            <span key={id} class="source-key">
              <i class={`source ${id}`} /> {name}
            </span>
          ))}
          {!isGrouped && months.some(({ of }) => of.some(({ apportioned }) => apportioned !== 0)) && (
            <span class="source-key">
              <i class="source hatched" /> {words.value.apportioned}
            </span>
          )}
          {isCompared() && months.some(({ before }) => before !== null) && (
            <span>
              <i class="ghost-key" />
              {words.value.previous}
            </span>
          )}
        </div>
        <Choices
          name={words.value.stack}
          all={['source', 'scope'] as const}
          chosen={stack.value}
          say={(one) => words.value.stacks[one]}
          choose={(one) => go({ stack: one }, 'replace')}
        />
      </div>
      <StackedBars
        bars={bars}
        unit={unit}
        empty={words.value.missing}
        classOf={(id) => `source ${id}`}
        label={`${words.value.months}: ${known.length}, ${words.value.sum} ${number(
          known.reduce((all, { total }) => all + (total ?? 0), 0),
          1,
        )} ${unit}, max ${highest?.month ?? '—'}: ${number(highest?.total, 1)} ${unit}`}
        read={(index) => {
          const one = months[index];
          if (one === undefined) return '';
          return [
            (isoDay(one.start) ?? '').slice(0, 7),
            `${number(one.total, 1)} ${unit}`,
            ...one.of.map(({ id, value }) => `${nameOf(id)} ${number(value, 1)}`),
          ].join(' · ');
        }}
      />
      <MonthTable report={report} nameOf={nameOf} />
    </section>
  );
}

function MonthTable({
  report: { months, sources, year },
  nameOf,
}: {
  report: CarbonReport;
  nameOf: (id: string) => string;
}) {
  const unit = unitText('tCO2e');
  const part = (month: MonthReport, id: string) => month.of.find((one) => one.id === id);
  const rows = () => [
    [
      words.value.month,
      ...sources.flatMap(({ id }) => [`${nameOf(id)} ${unit}`, words.value.apportionedShort]),
      `${words.value.sum} ${unit}`,
      words.value.previous,
    ],
    ...months.map((one) => [
      (isoDay(one.start) ?? '').slice(0, 7),
      ...sources.flatMap(({ id }) => [part(one, id)?.value ?? null, part(one, id)?.apportioned ?? null]),
      one.total,
      one.before,
    ]),
  ];
  return (
    <details class="table">
      <summary>
        {say.value.table} <small>{months.length}</small>
      </summary>
      <CsvButton name={`carbon-${year}`} rows={rows} />
      <section class="scroll" tabIndex={0} aria-label={say.value.table}>
        <table>
          <thead>
            <tr>
              <th>{words.value.month}</th>
              {sources.map(({ id }) => (
                <th key={id} class="right">
                  {nameOf(id)}
                </th>
              ))}
              <th class="right">
                {words.value.sum} {unit}
              </th>
              <th class="right">{words.value.monthBefore}</th>
              <th class="right">{words.value.yearBefore}</th>
            </tr>
          </thead>
          <tbody>
            {months.map((one, index) => (
              <tr key={one.month}>
                <td>{(isoDay(one.start) ?? '').slice(0, 7)}</td>
                {sources.map(({ id }) => {
                  const own = part(one, id);
                  return (
                    <td key={id} class="right">
                      {number(own?.missing ? null : own?.value, 1)}
                      {own !== undefined && own.apportioned !== 0 && own.value !== 0 && (
                        <small> {percent(own.apportioned / own.value, 0)}≈</small>
                      )}
                    </td>
                  );
                })}
                <td class="right">{number(one.total, 1)}</td>
                <td class="right">{changeText(one.total, months[index - 1]?.total) ?? '—'}</td>
                <td class="right">{changeText(one.total, one.before) ?? '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
