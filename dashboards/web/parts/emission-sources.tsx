// Owns the list of what emits: how much each, from which activity, by which factors, and how that compares.
import type { SourceReport } from '../../../scoring/carbon/report.ts';
import { go } from '../address.ts';
import { exact, number, percent, text, unitText } from '../format.ts';
import { comparison } from '../range.ts';
import { language } from '../state.ts';
import { say, worded } from '../words.ts';
import { Delta } from './delta.tsx';
import { MarkChip } from './mark-chip.tsx';

const words = worded(
  {
    scope: (one: number) => `范围${one === 1 ? '一' : '二'}`,
    effective: '折合',
    declared: '按申报量',
    of: '年数据',
    against: '同比',
  },
  {
    scope: (one) => `Scope ${one}`,
    effective: 'comes to',
    declared: 'as declared',
    of: 'data',
    against: 'year before',
  },
);

export function Sources({ sources }: { sources: SourceReport[] }) {
  const most = Math.max(...sources.map(({ value }) => Math.abs(value ?? 0)), 1);
  const whole = sources.reduce((all, { value }) => all + (value ?? 0), 0);
  const sorted = sources.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return (
    <ul class="sources">
      {sorted.map((one) => (
        <li key={one.id}>
          <button type="button" data-figure={one.id} onClick={() => go({ trace: one.id })}>
            <span class="name">
              {text(one.name)} <small>{words.value.scope(one.scope)}</small>
            </span>
            <span class="value">
              <b>{number(one.value, 1)}</b> <span class="unit">{unitText('tCO2e')}</span>{' '}
              <small>{percent(whole === 0 || one.value === null ? null : one.value / whole)}</small>
            </span>
            <span class="source-bar" aria-hidden="true">
              <i class={`source ${one.id}`} style={{ width: `${(Math.abs(one.value ?? 0) / most) * 100}%` }} />
            </span>
            <span class="how">
              <How source={one} />
              {comparison.value !== 'none' && one.compared !== null && (
                <Delta now={one.compared.now} before={one.compared.before} against={words.value.against} />
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The activity, what a unit of it comes to, and the factors that say so. */
function How({ source: { activity, value, factors } }: { source: SourceReport }) {
  if (activity === null) return <span>{words.value.declared}</span>;
  const per = value === null || !activity.value ? null : Math.abs(value) / activity.value;
  const inKilograms = activity.unit === 'kWh' || activity.unit === 'Nm3' || activity.unit === 'GJ';
  const main = factors.find(({ notice }) => notice !== '') ?? factors[0];
  return (
    <>
      <span>
        {activity.value === null ? say.value.missing : number(activity.value)} {unitText(activity.unit)}
      </span>
      {per !== null && (
        <span>
          × {exact(Math.round(per * (inKilograms ? 1_000 : 1) * 1e6) / 1e6)} {inKilograms ? 'kg' : 't'}CO₂/
          {unitText(activity.unit)}
        </span>
      )}
      {main !== undefined && (
        <span class="chip">
          {language.value === 'zh' ? main.publisher : main.factor.replace(/\..*/, '').replaceAll('-', ' ')}{' '}
          {main.dataYear === null ? '' : `${main.dataYear} ${words.value.of}`}
        </span>
      )}
      {main !== undefined && <MarkChip mark={main.confidence} />}
    </>
  );
}
