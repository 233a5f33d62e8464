// Owns a year's emissions by month: as stacked bars, as a table and as CSV.
import type { CarbonReport, MonthReport } from '../../../scoring/carbon/report.ts';
import { choice, go } from '../address.ts';
import { inZone, isoDay, number, percent, text, unitText } from '../format.ts';
import { comparison } from '../range.ts';
import { say } from '../words.ts';
import { carbonWords } from './carbon-words.ts';
import { Choices } from './choices.tsx';
import { CsvButton } from './csv.tsx';
import { changeText } from './delta.tsx';
import { type Bar, StackedBars } from './stacked-bars.tsx';

type Part = MonthReport['of'][number];

const stack = choice('stack', ['source', 'scope'] as const, () => 'source');
export const isCompared = (): boolean => comparison.value !== 'none';

export function CarbonMonths({ report }: { report: CarbonReport }) {
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
      tick: inZone({ month: 'short' }, one.start),
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
    ? (['scope1', 'scope2'] as const).map((id) => ({ id, name: carbonWords.value.scope[id === 'scope1' ? 1 : 2] }))
    : sources.map(({ id }) => ({ id, name: nameOf(id) }));
  const unit = unitText('tCO2e');
  const known = months.filter(({ total }) => total !== null);
  const highest = known.reduce<MonthReport | undefined>(
    (best, one) => ((one.total ?? 0) > (best?.total ?? Number.NEGATIVE_INFINITY) ? one : best),
    undefined,
  );
  return (
    <section class="panel">
      <h2 class="group">{carbonWords.value.months}</h2>
      <div class="range">
        <div class="keys">
          {keys.map(({ id, name }) => (
            <span key={id} class="source-key">
              <i class={`source ${id}`} /> {name}
            </span>
          ))}
          {!isGrouped && months.some(({ of }) => of.some(({ apportioned }) => apportioned !== 0)) && (
            <span class="source-key">
              <i class="source hatched" /> {carbonWords.value.apportioned}
            </span>
          )}
          {isCompared() && months.some(({ before }) => before !== null) && (
            <span>
              <i class="ghost-key" />
              {carbonWords.value.previous}
            </span>
          )}
        </div>
        <Choices
          name={carbonWords.value.stack}
          all={['source', 'scope'] as const}
          chosen={stack.value}
          say={(one) => carbonWords.value.stacks[one]}
          choose={(one) => go({ stack: one }, 'replace')}
        />
      </div>
      <StackedBars
        bars={bars}
        unit={unit}
        empty={carbonWords.value.missing}
        classOf={(id) => `source ${id}`}
        label={`${carbonWords.value.months}: ${known.length}, ${carbonWords.value.sum} ${number(
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
      carbonWords.value.month,
      ...sources.flatMap(({ id }) => [`${nameOf(id)} ${unit}`, carbonWords.value.apportionedShort]),
      `${carbonWords.value.sum} ${unit}`,
      carbonWords.value.previous,
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
      <summary>{say.value.table}</summary>
      <CsvButton name={`carbon-${year}`} rows={rows} />
      <section class="scroll" tabIndex={0} aria-label={say.value.table}>
        <table>
          <thead>
            <tr>
              <th>{carbonWords.value.month}</th>
              {sources.map(({ id }) => (
                <th key={id} class="right">
                  {nameOf(id)}
                </th>
              ))}
              <th class="right">
                {carbonWords.value.sum} {unit}
              </th>
              <th class="right">{carbonWords.value.monthBefore}</th>
              <th class="right">{carbonWords.value.yearBefore}</th>
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
