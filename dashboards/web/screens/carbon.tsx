// Owns the screen of carbon: a year's emissions by source and month, location against market, and what changed since the year before.

import type { Period } from '../../../core/calendar.ts';
import type { Trace } from '../../../core/trace.ts';
import type { CarbonReport } from '../../../scoring/carbon/report.ts';
import { go } from '../address.ts';
import { isoDay, number, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Bridge } from '../parts/bridge.tsx';
import { CarbonMonths, isCompared } from '../parts/carbon-months.tsx';
import { carbonWords } from '../parts/carbon-words.ts';
import { Choices } from '../parts/choices.tsx';
import { ComparisonChoice } from '../parts/comparison.tsx';
import { Delta } from '../parts/delta.tsx';
import { Sources } from '../parts/emission-sources.tsx';
import { Market } from '../parts/market-based.tsx';
import { calendar } from '../range.ts';
import { ask, frame, site } from '../state.ts';
import { say } from '../words.ts';
import { scoreAddress } from './score.tsx';

export function CarbonScreen() {
  const plant = site.value;
  const address = scoreAddress();
  if (plant === null || address === null) return <p class="empty">{say.value.loading}</p>;
  const { year } = address;
  const years = [plant.lastClosedYear + 1, plant.lastClosedYear, plant.lastClosedYear - 1].map(String);
  return (
    <section class="carbon">
      <h1 class="title">
        {carbonWords.value.title} <small>{carbonWords.value.hint}</small>
      </h1>
      <div class="range">
        <Choices
          name={carbonWords.value.year}
          all={years}
          chosen={String(year)}
          say={(one) => one}
          choose={(one) => go({ year: one })}
        />
        <ComparisonChoice all={['none', 'year']} days={comparedDays(year)} />
      </div>
      <Answered<CarbonReport> key={year} path={`api/carbon/${year}`}>
        {(report) => <Year report={report} />}
      </Answered>
    </section>
  );
}

/** Only months that are over are compared. */
function comparedDays(year: number): Period | null {
  const months = ask<CarbonReport>(`api/carbon/${year}`).value.data?.comparedMonths ?? 0;
  const plant = calendar.value;
  if (plant === null || months === 0 || !isCompared()) return null;
  return { start: plant.startOf(year - 1), end: plant.startOf(year - 1, months + 1) };
}

function Year({ report }: { report: CarbonReport }) {
  const { sources, months, year } = report;
  if (months.every(({ total }) => total === null)) return <p class="empty">{carbonWords.value.none(year)}</p>;
  const gaps = months.filter(({ missing, total }) => missing && total !== null).map(({ month }) => month);
  return (
    <>
      <Figures report={report} />
      {gaps.length > 0 && <p class="note">{carbonWords.value.noReadings(gaps.join(', '))}</p>}
      <CarbonMonths report={report} />
      <div class="halves">
        <section class="panel">
          <h2 class="group">{carbonWords.value.sources}</h2>
          <Sources sources={sources} />
        </section>
        <Market report={report} />
      </div>
      <Bridge report={report} />
    </>
  );
}

function Figures({ report }: { report: CarbonReport }) {
  const own = carbonWords.value;
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
  const soFar = untilOf(report.year);
  const wholeYear = (trace: Trace | undefined) =>
    isCompared() && whole ? (
      <Delta now={trace?.value ?? null} before={report.before[trace?.id ?? '']} against={against} />
    ) : null;
  return (
    <dl class="figures">
      <Opening trace={find('emissions_total')} name={own.total}>
        {soFar !== null && (comparable === null ? soFar : `${soFar} · `)}
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

/** A year that runs has a day up to which it is accounted. */
function untilOf(year: number): string | null {
  const now = frame.peek()?.now ?? Date.now();
  const end = calendar.value?.year(year).end;
  return end === undefined || now >= end ? null : carbonWords.value.until(isoDay(now) ?? '');
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
