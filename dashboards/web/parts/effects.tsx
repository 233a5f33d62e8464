// Owns what an entry would change, before it is written: each standard and year with its indicators, before and after.
import type { Effect } from '../../api/answers/records.ts';
import { exact, number, text, unitText } from '../format.ts';
import { worded } from '../words.ts';
import { symbolOf } from './indicator.tsx';

const words = worded(
  {
    title: '影响预览',
    hint: '按写入之后的台账重新计算',
    none: '不改变任何指标',
    years: (years: string) => `已计算 ${years} 年`,
    noYears: '该条目不涉及已开始的年份',
    sealed: '已封存：快照不变',
    points: '得分',
    emissions: '排放总量',
    verdicts: { met: '达标', not_met: '未达标', not_assessable: '不可评估', none: '不作评定' },
    indicator: '指标',
    before: '原',
    after: '新',
    clause: '基本要求',
  },
  {
    title: 'Effects',
    hint: 'computed with the ledger as it would be',
    none: 'changes no indicator',
    years: (years) => `computed for ${years}`,
    noYears: 'the entry speaks of no year that has begun',
    sealed: 'sealed: the snapshot stays',
    points: 'points',
    emissions: 'total emissions',
    verdicts: { met: 'met', not_met: 'not met', not_assessable: 'not assessable', none: 'no verdict' },
    indicator: 'Indicator',
    before: 'Before',
    after: 'After',
    clause: 'Prerequisite',
  },
);

const changed = ({ indicators, prerequisites, total, emissions, verdict }: Effect): boolean =>
  indicators.length + prerequisites.length > 0 ||
  total?.before !== total?.after ||
  emissions.before !== emissions.after ||
  verdict.before !== verdict.after;

const amount = (value: number | null): string => (value === null ? '—' : exact(value));
const stateOf = (met: boolean | null) => (met === null ? 'unknown' : met ? 'met' : 'not_met');

export function Effects({ effects, years }: { effects: readonly Effect[]; years: readonly number[] }) {
  const shown = effects.filter(changed);
  const { value: say } = words;
  return (
    <section class="effects" aria-live="polite">
      <h3 class="group">
        {say.title} <small>{years.length === 0 ? say.noYears : say.years(years.join(', '))}</small>
      </h3>
      {years.length > 0 && shown.length === 0 && <p class="hint">{say.none}</p>}
      {shown.map((effect) => (
        <One key={`${effect.pack}${effect.year}`} effect={effect} />
      ))}
    </section>
  );
}

function One({ effect }: { effect: Effect }) {
  const { packName, year, sealed, verdict, level, total, emissions, indicators, prerequisites } = effect;
  const { value: say } = words;
  const named = (which: 'before' | 'after') => {
    const name = level[which];
    return name === null ? say.verdicts[verdict[which]] : text(name);
  };
  return (
    <section class="effect" data-effect={`${effect.pack} ${year}`}>
      <h4>
        {text(packName)} <small>{year}</small>
        {sealed && <span class="mark unknown">{say.sealed}</span>}
      </h4>
      <ul class="moves">
        {named('before') !== named('after') && (
          <li class={verdict.after}>
            {named('before')} → <b>{named('after')}</b>
          </li>
        )}
        {total !== null && total.before !== total.after && (
          <li>
            <small>{say.points}</small> {number(total.before, 2)} → <b>{number(total.after, 2)}</b>
          </li>
        )}
        {emissions.before !== emissions.after && (
          <li>
            <small>{say.emissions}</small> {number(emissions.before, 2)} → <b>{number(emissions.after, 2)}</b>{' '}
            <small>tCO₂e</small>
          </li>
        )}
      </ul>
      {indicators.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>{say.indicator}</th>
              <th class="right">{say.before}</th>
              <th class="right">{say.after}</th>
              <th class="right">{say.points}</th>
            </tr>
          </thead>
          <tbody>
            {indicators.map(({ id, name, unit, before, after }) => (
              <tr key={id} data-changed={id}>
                <td class="wide">{text(name)}</td>
                <td class={`right ${stateOf(before.met)}`}>
                  <Value value={before.value} met={before.met} unit={unit} />
                </td>
                <td class={`right ${stateOf(after.met)}`}>
                  <Value value={after.value} met={after.met} unit={unit} />
                </td>
                <td class="right">
                  {before.score === after.score ? '' : `${amount(before.score)} → ${amount(after.score)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {prerequisites.map(({ id, clause, name, before, after }) => (
        <p key={id} class={stateOf(after)}>
          <small>
            {say.clause} {clause}
          </small>{' '}
          {text(name)} <span aria-hidden="true">{symbolOf(before)}</span> → <span class="state">{symbolOf(after)}</span>
        </p>
      ))}
    </section>
  );
}

function Value({ value, met, unit }: { value: number | null; met: boolean | null; unit: string }) {
  return (
    <>
      <span class="state">{symbolOf(met)}</span> {amount(value)} <small>{unitText(unit)}</small>
    </>
  );
}
