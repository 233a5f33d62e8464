// Owns the screen of time-of-use tariffs: what the grid's power cost by band, what moving load would change, and which notices say so.
import { day, type Period, slotLength } from '../../../core/calendar.ts';
import { metersIn } from '../../../core/config/roles.ts';
import type { CostRow } from '../../../scoring/tariff/cost.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { choice, go, written } from '../address.ts';
import { compact, dateOf, isoDay, money, number, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { BandShares } from '../parts/band-shares.tsx';
import { BandKey, bandClass, bandOrder, bandWords } from '../parts/bands.tsx';
import { Choices } from '../parts/choices.tsx';
import { ComparisonChoice } from '../parts/comparison.tsx';
import { CostFigures } from '../parts/cost-figures.tsx';
import { CostTable, DemandCharges } from '../parts/cost-table.tsx';
import { costWords } from '../parts/cost-words.ts';
import { NoReadings } from '../parts/no-readings.tsx';
import { type Bar, StackedBars } from '../parts/stacked-bars.tsx';
import { TariffVersions } from '../parts/tariff-versions.tsx';
import { WhatIf } from '../parts/what-if.tsx';
import { against, calendar, comparison, period } from '../range.ts';
import { monthsAlign } from '../spans.ts';
import { ask, site } from '../state.ts';
import { say } from '../words.ts';

const chosenMeter = written('meter');
const measure = choice('measure', ['energy', 'cost'] as const, () => 'energy');
const grain = choice<'day' | 'month' | 'fit'>('by', ['day', 'month'], () => 'fit');
const longestByDays = 62 * day;

type TariffAnswer = { report: TariffReport | null };

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
        {costWords.value.title} <small>{costWords.value.hint}</small>
      </h1>
      <div class="range">
        {incomers.length > 1 && (
          <select
            aria-label={say.value.meter}
            value={meter ?? ''}
            onChange={(event) => go({ meter: event.currentTarget.value || null })}
          >
            <option value="">{costWords.value.all}</option>
            {incomers.map(({ id, name }) => (
              <option key={id} value={id}>
                {text(name)}
              </option>
            ))}
          </select>
        )}
        <Choices
          name={costWords.value.grain}
          all={['day', 'month'] as const}
          chosen={by}
          say={(one) => costWords.value.grains[one]}
          choose={(one) => go({ by: one }, 'replace')}
        />
        <ComparisonChoice />
      </div>
      <Answered<TariffAnswer> path={path(range)}>
        {({ report }) =>
          report === null ? (
            <p class="empty">
              {costWords.value.none}
              <br />
              <small>{costWords.value.example}</small>
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
  const unit = shown === 'energy' ? 'kWh' : costWords.value.yuan;
  const amount = (row: Pick<CostRow, 'energy' | 'cost'>) =>
    shown === 'energy' ? row.energy : row.cost === null ? null : Number(row.cost);
  if (total.energy === null) return <NoReadings />;
  // Months begin where months begin: those of another month or year do, those of any stretch of days do not.
  const plant = calendar.value;
  const isAligned =
    report.by === 'day' || (plant !== null && against.value !== null && monthsAlign(range, against.value, plant));
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
      <CostFigures report={report} before={before} />
      {report.notes.map((note) => (
        <p key={note.zh} class="note">
          {text(note)}
        </p>
      ))}
      {total.unassigned > 0 && <p class="note">{costWords.value.unassigned(number(total.unassigned))}</p>}
      <section class="panel">
        <h2 class="group">{costWords.value.over[report.by]}</h2>
        <div class="range">
          <div class="keys">
            {present.map((band) => (
              <BandKey key={band} band={band} />
            ))}
            {before !== null && isAligned && (
              <span>
                <i class="ghost-key" />
                {costWords.value.ghost} {say.value.comparisons[comparison.value]}
              </span>
            )}
          </div>
          <Choices
            name={costWords.value.measure}
            all={['energy', 'cost'] as const}
            chosen={shown}
            say={(one) => costWords.value.measures[one]}
            choose={(one) => go({ measure: one }, 'replace')}
          />
        </div>
        <StackedBars
          bars={bars}
          unit={unit}
          empty={costWords.value.noData}
          classOf={bandClass}
          label={`${costWords.value.measures[shown]}: ${present
            .map((band) => {
              const own = total.bands.find((one) => one.band === band);
              return `${bandWords.value.names[band]} ${own === undefined ? '—' : compact(amount(own))} ${unit}`;
            })
            .join(', ')}`}
          read={(index) => readout(report.rows[index], report.by)}
        />
        <CostTable report={report} />
      </section>
      <div class="halves">
        <section class="panel">
          <h2 class="group">{costWords.value.shares}</h2>
          <BandShares total={total} before={before?.total ?? null} />
        </section>
        <WhatIf report={report} />
      </div>
      {report.demand.length > 0 && <DemandCharges demand={report.demand} />}
      <TariffVersions versions={report.versions} />
    </>
  );
}

/** Up to the same moment: a month that is not over is not compared with a whole one. */
function pastOf({ until, rows }: TariffReport, range: Period, path: (of: Period) => string): TariffReport | null {
  const other = against.value;
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
    `${money(row.cost)} ${costWords.value.yuan}`,
    ...row.bands.map(({ band, energy }) => `${bandWords.value.names[band]} ${number(energy)}`),
  ].join(' · ');
}
