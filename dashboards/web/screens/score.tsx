// Owns the scorecard: a standard judged over a year, each indicator with its points, its readings of the source, and its gap.
import type { Way } from '../../../scoring/main.ts';
import type { Score } from '../../../scoring/score.ts';
import { choice, go, written } from '../address.ts';
import { number, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Indicator } from '../parts/indicator.tsx';
import { SealedVerdict, sealedYear } from '../parts/sealed.tsx';
import { Interpretations, Prerequisites, Verdict, WayUp } from '../parts/verdict.tsx';
import { calendar } from '../range.ts';
import { elapsedOf } from '../spans.ts';
import { ask, frame, site } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    standard: '标准',
    year: '年度',
    filter: '筛选',
    filters: { all: '全部', not_met: '未达标', unknown: '不可评估' },
    none: '没有这样的指标',
    totals: '年度总量',
    soFar: '至今',
    other: '其他指标',
  },
  {
    standard: 'Standard',
    year: 'Year',
    filter: 'Filter',
    filters: { all: 'All', not_met: 'Not met', unknown: 'Not assessable' },
    none: 'There is no such indicator',
    totals: 'Totals of the year',
    soFar: 'so far',
    other: 'Other indicators',
  },
);

const filter = choice('show', ['all', 'not_met', 'unknown'] as const, () => 'all');
const chosenPack = written('pack');
const chosenYear = written('year');

export function scoreAddress(): { pack: string; year: number } | null {
  const plant = site.value;
  if (plant === null) return null;
  const pack = plant.packs.find(({ id }) => id === chosenPack.value)?.id ?? plant.packs[0]?.id;
  const year = Number(chosenYear.value);
  if (pack === undefined) return null;
  return { pack, year: Number.isInteger(year) && year >= 2000 && year <= 2100 ? year : plant.lastClosedYear };
}

export function ScoreScreen() {
  const address = scoreAddress();
  if (address === null) return <p class="empty">{say.value.loading}</p>;
  const { pack, year } = address;
  return (
    <>
      <Choices pack={pack} year={year} />
      <Answered<Score> key={`${pack}/${year}`} path={`api/score/${pack}/${year}`}>
        {(score) => <Scorecard score={score} />}
      </Answered>
    </>
  );
}

function Choices({ pack, year }: { pack: string; year: number }) {
  const plant = site.value;
  if (plant === null) return null;
  const years = [plant.lastClosedYear + 1, plant.lastClosedYear, plant.lastClosedYear - 1];
  return (
    <div class="range">
      <fieldset class="choices">
        <legend class="hidden">{words.value.standard}</legend>
        {plant.packs.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === pack}
            title={text(name)}
            onClick={() => go({ pack: id, show: null })}
          >
            <span class="standard-name">{text(name)}</span>
          </button>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend class="hidden">{words.value.year}</legend>
        {years.map((one) => (
          <button key={one} type="button" aria-pressed={one === year} onClick={() => go({ year: String(one) })}>
            {one}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

/** Null when the year is over. It need not follow each second. */
const elapsedOfYear = (year: number): number | null =>
  calendar.value === null ? null : elapsedOf(calendar.value.year(year), frame.peek()?.now ?? Date.now());

const statusOf = (met: boolean | null) => (met === null ? 'unknown' : met ? 'met' : 'not_met');

function Scorecard({ score }: { score: Score }) {
  const elapsed = elapsedOfYear(score.year);
  const path = `api/way/${score.pack}/${score.year}`;
  const way = ask<Way>(path).value.data;
  const snapshot = sealedYear(score.year);
  const shown = score.indicators.filter(({ met }) => filter.value === 'all' || statusOf(met) === filter.value);
  const grouped = score.groups.map((group) => ({ ...group, of: shown.filter((one) => one.group === group.id) }));
  const rest = shown.filter(({ group }) => score.groups.every(({ id }) => id !== group));
  const list = (indicators: typeof shown) => (
    <ol class="indicators">
      {indicators.map((indicator) => (
        <Indicator
          key={indicator.id}
          indicator={indicator}
          elapsed={elapsed}
          sealed={snapshot?.verdicts.find(({ pack }) => pack === score.pack)}
          gap={way?.gaps.find((gap) => gap.indicator === indicator.id)}
          forecast={way?.forecast?.indicators.find(({ id }) => id === indicator.id)}
        />
      ))}
    </ol>
  );
  return (
    <div class="scorecard">
      <Verdict score={score} />
      {snapshot !== null && <SealedVerdict snapshot={snapshot} score={score} />}
      <fieldset class="choices small">
        <legend class="hidden">{words.value.filter}</legend>
        {(['all', 'not_met', 'unknown'] as const).map((one) => {
          const count = score.indicators.filter(({ met }) => one === 'all' || statusOf(met) === one).length;
          return (
            <button
              key={one}
              type="button"
              aria-pressed={filter.value === one}
              onClick={() => go({ show: one === 'all' ? null : one }, 'replace')}
            >
              {words.value.filters[one]} <small>{count}</small>
            </button>
          );
        })}
      </fieldset>
      {grouped
        .filter(({ of }) => of.length > 0)
        .map(({ id, name, of }) => (
          <section key={id}>
            <h2 class="group">{text(name)}</h2>
            {list(of)}
          </section>
        ))}
      {rest.length > 0 && (
        <section>
          {score.groups.length > 0 && <h2 class="group">{words.value.other}</h2>}
          {list(rest)}
        </section>
      )}
      {shown.length === 0 && <p class="empty">{words.value.none}</p>}
      <Totals score={score} />
      <div class="columns">
        <Prerequisites score={score} />
        <Answered<Way> path={path}>{(found) => <WayUp way={found} />}</Answered>
      </div>
      <Interpretations score={score} />
    </div>
  );
}

function Totals({ score }: { score: Score }) {
  const total = score.account.emissions_total;
  return (
    <section>
      <h2 class="group">
        {words.value.totals} {elapsedOfYear(score.year) !== null && <small>{words.value.soFar}</small>}
      </h2>
      <ul class="totals-list">
        {[...(total === undefined ? [] : [total]), ...score.reported].map((trace) => (
          <li key={trace.id}>
            <button type="button" class="link" data-figure={trace.id} onClick={() => go({ trace: trace.id })}>
              <span>{text(trace.name)}</span>{' '}
              <b>
                {number(trace.value, 1)} {unitText(trace.unit)}
              </b>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
