// Owns the question what moving load from one band to another would change, answered exactly and at once.
import { Rational } from '../../../core/rational.ts';
import type { Band } from '../../../scoring/tariff/bands.ts';
import { decimalText } from '../../../scoring/tariff/decimal.ts';
import type { TariffReport } from '../../../scoring/tariff/report.ts';
import { shiftCost } from '../../../scoring/tariff/shift.ts';
import { go, written } from '../address.ts';
import { money, percent } from '../format.ts';
import { worded } from '../words.ts';
import { bandOrder, bandWords } from './bands.tsx';

const words = worded(
  {
    title: '移峰试算',
    hint: '按实际用电时的电价计算；各月按同一比例移出',
    from: '从',
    to: '移到',
    share: '移出比例',
    energy: '移出电量',
    saves: '电费减少',
    costs: '电费增加',
    same: '电费不变',
    yuan: '元',
    of: (share: string) => `占总电费 ${share}`,
    impossible: '无法试算：该时段没有电量、移出量超过该时段电量，或有价格未载明',
  },
  {
    title: 'What if load moved',
    hint: 'at the prices of the time it was used; the same share is taken from each month',
    from: 'From',
    to: 'to',
    share: 'Share moved',
    energy: 'Energy moved',
    saves: 'saves',
    costs: 'costs',
    same: 'changes nothing',
    yuan: 'CNY',
    of: (share) => `${share} of the whole cost`,
    impossible: 'Not computable: nothing was used in this band, more is moved than was used, or a price is not stated',
  },
);

const source = written('source');
const target = written('target');
const move = written('move');

export function WhatIf({ report: { total, stretches } }: { report: TariffReport }) {
  const present = bandOrder.filter((band) => total.bands.some((one) => one.band === band));
  const chosen = (name: string | null, otherwise: Band | undefined) => present.find((one) => one === name) ?? otherwise;
  const from = chosen(source.value, present.includes('peak') ? 'peak' : present[0]);
  const to = chosen(target.value, present.includes('valley') ? 'valley' : present.at(-1));
  if (from === undefined || to === undefined) return null;
  const available = total.bands.find(({ band }) => band === from)?.energy ?? 0;
  const written = move.value ?? '10%';
  const amount = /^\d{1,9}(\.\d{1,3})?%?$/.test(written) ? written : '10%';
  const asked = amount.endsWith('%')
    ? { share: Rational.fromDecimal(amount.slice(0, -1)).over(Rational.of(100)) }
    : { energy: Rational.fromDecimal(amount) };
  const result = from === to ? null : shiftCost(stretches, from, to, asked);
  const moved = result?.moved.toNumber() ?? null;
  const share = available === 0 || moved === null ? 0 : moved / available;
  return (
    <section class="panel" data-figure="what-if">
      <h2 class="group">
        {words.value.title} <small>{words.value.hint}</small>
      </h2>
      <div class="move">
        <BandSelect
          label={words.value.from}
          chosen={from}
          all={present}
          choose={(one) => go({ source: one }, 'replace')}
        />
        <BandSelect label={words.value.to} chosen={to} all={present} choose={(one) => go({ target: one }, 'replace')} />
      </div>
      <div class="move">
        <input
          type="range"
          min="0"
          max="100"
          step="1"
          aria-label={words.value.share}
          value={Math.round(share * 100)}
          onInput={(event) => go({ move: `${event.currentTarget.value}%` }, 'replace')}
        />
        <b>{percent(share, 1)}</b>
        <span class="moved">
          <input
            type="number"
            min="0"
            max={Math.floor(available)}
            step="any"
            aria-label={`${words.value.energy} kWh`}
            value={moved === null ? '' : Math.round(moved)}
            onChange={(event) => go({ move: event.currentTarget.value || '0' }, 'replace')}
          />
          <span class="unit">kWh</span>
        </span>
      </div>
      <p class="outcome" aria-live="polite">
        {result === null ? (
          <span class="hint">{words.value.impossible}</span>
        ) : (
          <Outcome change={result.change} total={total.cost} />
        )}
      </p>
    </section>
  );
}

function Outcome({ change, total }: { change: Rational; total: string | null }) {
  const sign = change.compare(Rational.zero);
  const size = decimalText(sign < 0 ? change.negated() : change);
  return (
    <>
      {sign === 0 ? words.value.same : sign < 0 ? words.value.saves : words.value.costs}{' '}
      {sign !== 0 && (
        <>
          <b class="number">{money(size)}</b> <span class="unit">{words.value.yuan}</span>{' '}
          {total !== null && Number(total) > 0 && (
            <span class="hint">{words.value.of(percent(Number(size) / Number(total), 2))}</span>
          )}
        </>
      )}
    </>
  );
}

function BandSelect(props: { label: string; chosen: Band; all: readonly Band[]; choose: (one: Band) => void }) {
  return (
    <label>
      {props.label}{' '}
      <select value={props.chosen} onChange={(event) => props.choose(event.currentTarget.value as Band)}>
        {props.all.map((one) => (
          <option key={one} value={one}>
            {bandWords.value.names[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
