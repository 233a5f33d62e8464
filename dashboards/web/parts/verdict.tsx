// Owns what a standard says as a whole: verdict, points, prerequisites, the way to the next grade, and how its text was read.
import type { Way } from '../../../scoring/main.ts';
import type { Score } from '../../../scoring/score.ts';
import { number, text } from '../format.ts';
import { worded } from '../words.ts';
import { judged, symbolOf } from './indicator.tsx';
import { Link } from './link.tsx';
import { MarkChip } from './mark-chip.tsx';

const words = worded(
  {
    noVerdict: '本标准不作评定',
    prerequisites: '基本要求',
    total: '总分',
    met: (met: number, of: number) => `${of} 项指标中 ${met} 项达标`,
    contradictions: '标准原文中的矛盾及本系统的取法',
    notStated: '标准未载明、由本系统约定的事项',
    supplied: '由用户提供的事项',
    findings: '台账中的问题',
    taken: '取',
    reason: '理由',
    undeclared: (year: number) => `${year} 年没有声明 →`,
    next: '下一等级',
    together: '需多项并举',
    either: '单项办法（任一即可）',
    plan: '最省的措施组合',
    noPlan: '所列措施的任何组合都不足',
    money: (amount: string) => `${amount} 万元/年`,
    forecast: '年末预测',
    noNext: '没有更高等级，或数据不足以判断',
  },
  {
    noVerdict: 'This standard gives no verdict',
    prerequisites: 'Prerequisites',
    total: 'Points',
    met: (met, of) => `${met} of ${of} indicators met`,
    contradictions: 'Contradictions in the standard, and what is taken here',
    notStated: 'What the standard does not say, and what is taken here',
    supplied: 'Supplied by the user',
    findings: 'Problems in the ledger',
    taken: 'taken',
    reason: 'reason',
    undeclared: (year) => `nothing declared for ${year} →`,
    next: 'Next grade',
    together: 'it takes several of them together',
    either: 'Any one of',
    plan: 'Cheapest measures',
    noPlan: 'no set of the measures is enough',
    money: (amount) => `${amount} × 10 000 CNY a year`,
    forecast: 'Forecast for the end of the year',
    noNext: 'There is no higher grade, or too little is known to tell',
  },
);

export function Verdict({ score }: { score: Score }) {
  const { verdict, verdictName, noVerdict, total, indicators } = score;
  const label = {
    met: judged.value.met,
    not_met: judged.value.notMet,
    not_assessable: judged.value.notAssessable,
    none: words.value.noVerdict,
  }[verdict];
  return (
    <section class={`verdict ${verdict}`} data-verdict={verdict}>
      <div>
        <h1>{text(score.packName)}</h1>
        <p class="hint">
          {score.year} · {text(score.status)} · <MarkChip mark={score.confidence} />
        </p>
      </div>
      <div class="result">
        <p class="badge">
          <span aria-hidden="true">{{ met: '✓', not_met: '✗', not_assessable: '?', none: '–' }[verdict]}</span>{' '}
          {verdictName === null ? label : text(verdictName)}
        </p>
        <p class="hint">{words.value.met(indicators.filter(({ met }) => met === true).length, indicators.length)}</p>
      </div>
      {total !== null && (
        <p class="total">
          <span class="hint">{words.value.total}</span>
          <b>{total.score === null ? '—' : number(total.score, 2)}</b>
          <span class="hint">/ {number(total.of)}</span>
        </p>
      )}
      {noVerdict !== null && <p class="hint">{text(noVerdict)}</p>}
    </section>
  );
}

export function Prerequisites({ score: { prerequisites, pack, year } }: { score: Score }) {
  if (prerequisites.length === 0) return null;
  return (
    <section>
      <h2 class="group">{words.value.prerequisites}</h2>
      <ul class="prerequisites">
        {prerequisites.map(({ id, clause, name, met }) => (
          <li key={id} class={met === null ? 'unknown' : met ? 'met' : 'not_met'}>
            <span aria-hidden="true">{symbolOf(met)}</span> {clause} {text(name)}{' '}
            {met === null ? (
              <Link to={{ view: 'evidence', pack, year: String(year) }} class="todo">
                {words.value.undeclared(year)}
              </Link>
            ) : (
              <small>{met ? judged.value.met : judged.value.notMet}</small>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function WayUp({ way: { next, plan, forecast } }: { way: Way }) {
  const { value: say } = words;
  // A year that runs has no verdict yet, and so no next one: where it is going stands at each indicator.
  if (next === null && forecast !== null)
    return (
      <section>
        <h2 class="group">{say.forecast}</h2>
        {[forecast.method, ...forecast.notes].map((one) => (
          <p key={one.zh} class="hint">
            {text(one)}
          </p>
        ))}
      </section>
    );
  return (
    <section>
      <h2 class="group">
        {say.next} {next !== null && <span class="grade">{text(next.level)}</span>}
      </h2>
      {next === null ? (
        <p class="hint">{say.noNext}</p>
      ) : (
        <>
          <p class="hint">{next.steps.length > 0 ? say.either : next.reachable ? say.together : ''}</p>
          <ul class="steps">
            {next.steps.map((step) => (
              <li key={step.lever}>{text(step.text)}</li>
            ))}
            {next.blockers.map((blocker) => (
              <li key={blocker.id} class="not_met">
                ✗ {text(blocker.name)}: {text(blocker.text)}
              </li>
            ))}
          </ul>
        </>
      )}
      {plan !== null && (
        <p class="plan">
          {say.plan}: <b>{plan.names === null ? say.noPlan : plan.names.map(text).join(' + ')}</b>
          {plan.cost !== null && ` · ${say.money(number(plan.cost, 1))}`}
        </p>
      )}
    </section>
  );
}

export function Interpretations({ score }: { score: Score }) {
  const { value: say } = words;
  const { contradictions, notStated, supplied, ledgerFindings } = score;
  const lists: [string, string[]][] = [
    [say.findings, ledgerFindings.map(({ id, text: what }) => `${id}: ${text(what)}`)],
    [
      say.contradictions,
      contradictions.map(({ clause, text: what, taken }) => `${clause} ${text(what)} — ${say.taken}: ${text(taken)}`),
    ],
    [say.notStated, notStated.map(({ what, taken }) => `${text(what)} — ${say.taken}: ${text(taken)}`)],
    [say.supplied, supplied.map(({ about, what, reason }) => `${about}: ${text(what)} — ${say.reason}: ${reason}`)],
  ];
  return (
    <section class="readings-of-text">
      {lists
        .filter(([, items]) => items.length > 0)
        .map(([name, items]) => (
          <details key={name}>
            <summary>
              {name} <small>{items.length}</small>
            </summary>
            <ul class="notes">
              {items.map((item) => (
                <li key={item}>{item}</li>
              ))}
            </ul>
          </details>
        ))}
    </section>
  );
}
