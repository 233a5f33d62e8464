// Owns the tables behind a cost: which notice held when, how sure each of its parts is, its prices, and its hours.
import type { VersionReport } from '../../../scoring/tariff/report.ts';
import { dateOf, money, text } from '../format.ts';
import { language } from '../state.ts';
import { worded } from '../words.ts';
import { BandKey, BandStrip, bandOrder, bandWords, clock } from './bands.tsx';
import { MarkChip } from './mark-chip.tsx';

const words = worded(
  {
    title: '所执行的电价表',
    several: (count: number) => `此范围内换过 ${count} 次表`,
    parts: {
      until: '终止日期',
      from: '起始日期',
      ratio: '浮动比例',
      hours: '时段',
      deep_valley: '深谷',
      sharp: '尖峰',
    } as Record<string, string>,
    prices: '单价，元/kWh',
    from: '自',
    base: '平段浮动部分',
    fixed: '不浮动',
    ratio: '浮动比例',
    supplied: '用户提供',
    notStated: '未载明',
    months: (list: string) => `${list} 月`,
    also: '另',
    rounding: (step: string) => `浮动部分四舍五入到 ${step} 元`,
    source: '文件与来源',
    notFloating: '不参与浮动：',
    conflict: '来源不一致：',
  },
  {
    title: 'Tables that held',
    several: (count) =>
      count === 1 ? 'the table changed once in this range' : `the table changed ${count} times in this range`,
    parts: {
      until: 'last day',
      from: 'first day',
      ratio: 'ratios',
      hours: 'hours',
      deep_valley: 'deep valley',
      sharp: 'sharp peak',
    } as Record<string, string>,
    prices: 'Prices, CNY/kWh',
    from: 'from',
    base: 'flat, floating part',
    fixed: 'not floating',
    ratio: 'ratio',
    supplied: 'supplied',
    notStated: 'not stated',
    months: (list) => `months ${list}`,
    also: 'also',
    rounding: (step) => `floating part rounded half up to ${step} CNY`,
    source: 'Notice and source',
    notFloating: 'Not floating: ',
    conflict: 'Sources conflict: ',
  },
);

export function TariffVersions({ versions }: { versions: VersionReport[] }) {
  return (
    <section class="panel">
      <h2 class="group">
        {words.value.title} {versions.length > 1 && <small>{words.value.several(versions.length - 1)}</small>}
      </h2>
      {versions.map((one) => (
        <Version key={`${one.table}${one.start}`} one={one} />
      ))}
    </section>
  );
}

function Version({ one }: { one: VersionReport }) {
  const own = words.value;
  const priced = bandOrder.filter((band) => one.ratios.some((ratio) => ratio.band === band));
  return (
    <article class="version" data-table={one.table}>
      <h3>
        {text(one.name)} <small>{language.value === 'zh' ? one.notice : one.table}</small>{' '}
        <MarkChip mark={one.confidence} />
        {one.who !== null && <small>{text(one.who)}</small>}
        <small>
          {dateOf(one.start)} – {dateOf(one.end - 1)}
        </small>
      </h3>
      <div class="profiles">
        {one.profiles.map(({ months, bands }) => (
          <div key={months.join()}>
            <span class="hint">{own.months(listed(months))}</span>
            <BandStrip halfHours={bands} />
          </div>
        ))}
      </div>
      {one.exceptions.map(({ band, hours, when }) => (
        <p key={`${band}${when.zh}`} class="hint">
          {own.also}: <BandKey band={band} /> {hours.map(({ from, to }) => `${clock(from)}–${clock(to)}`).join(', ')} ·{' '}
          {text(when)}
        </p>
      ))}
      <section class="scroll" tabIndex={0} aria-label={own.prices}>
        <table>
          <thead>
            <tr>
              <th>{own.prices}</th>
              <th class="right">{own.base}</th>
              <th class="right">{own.fixed}</th>
              {priced.map((band) => (
                <th key={band} class="right">
                  {bandWords.value.names[band]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>{own.ratio}</td>
              <td />
              <td />
              {priced.map((band) => {
                const ratio = one.ratios.find((each) => each.band === band);
                return (
                  <td key={band} class="right">
                    {ratio?.ratio ?? own.notStated}
                    {ratio?.by === 'plant' && <small> {own.supplied}</small>}
                  </td>
                );
              })}
            </tr>
            {one.prices.map((price) => (
              <tr key={price.start}>
                <td>
                  {own.from} {dateOf(price.start)}
                </td>
                <td class="right">{money(price.base, 4)}</td>
                <td class="right">{money(price.fixed, 4)}</td>
                {priced.map((band) => (
                  <td key={band} class="right">
                    {money(price.of.find((each) => each.band === band)?.price ?? null, 4)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ul>
        {one.rounding !== null && <li>{own.rounding(one.rounding)}</li>}
        {one.marks.map(({ about, confidence, note }) => (
          <li key={`${about}${note.zh}`}>
            {own.parts[about] ?? about}: {text(note)} <MarkChip mark={confidence} />
          </li>
        ))}
        {one.conflicts.map((conflict) => (
          <li key={conflict.zh} class="warn">
            {own.conflict}
            {text(conflict)}
          </li>
        ))}
      </ul>
      <details class="table">
        <summary>{own.source}</summary>
        <p class="hint" lang="zh-CN">
          {one.table} · {one.source}
        </p>
        {one.base !== null && <p class="hint">{text(one.base)}</p>}
        {one.notFloating.length > 0 && (
          <p class="hint">
            {own.notFloating}
            <span lang="zh-CN">{one.notFloating.join('、')}</span>
          </p>
        )}
      </details>
    </article>
  );
}

/** 9–11, or 12, 1, 2 as the months come. */
function listed(months: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const month of months) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === month - 1) last[1] = month;
    else runs.push([month, month]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}
