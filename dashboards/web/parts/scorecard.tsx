// Owns the scorecard of the last closed year: each indicator against its threshold, and the way into its trace.
import type { IndicatorResult, Score } from '../../../scoring/score.ts';
import { compact, number, percent, text } from '../format.ts';
import { opened, say, score } from '../state.ts';

export function Scorecard() {
  const words = say.value;
  const result = score.value;
  if (result === null) {
    return (
      <section class="panel">
        <p class="empty">{words.loading}</p>
      </section>
    );
  }
  return (
    <section class="panel scorecard">
      <div class="verdict">
        <div>
          <h2>{words.scorecard(result.year)}</h2>
          <p class="hint">{text(result.packName)}</p>
        </div>
        <Badge verdict={result.verdict} name={result.verdictName === null ? null : text(result.verdictName)} />
      </div>
      <ol class="indicators">
        {result.indicators.map((indicator) => (
          <Indicator key={indicator.id} indicator={indicator} />
        ))}
      </ol>
      <div class="below">
        <Prerequisites score={result} />
        <button type="button" class="link" onClick={() => open('emissions_total')}>
          {words.emissions} <b>{number(result.emissions.total_tCO2e, 1)} tCO₂e</b>
        </button>
      </div>
      <Interpretations score={result} />
    </section>
  );
}

const open = (id: string) => {
  opened.value = id;
};

function Badge({ verdict, name }: { verdict: Score['verdict']; name: string | null }) {
  const words = say.value;
  const label = { met: words.met, not_met: words.notMet, not_assessable: words.notAssessable, none: words.noVerdict }[
    verdict
  ];
  return (
    <p class={`badge ${verdict}`}>
      <span aria-hidden="true">{{ met: '✓', not_met: '✗', not_assessable: '?', none: '–' }[verdict]}</span>{' '}
      {name ?? label}
    </p>
  );
}

function Indicator({ indicator }: { indicator: IndicatorResult }) {
  const { id, name, clause, value, unit, threshold, thresholdPhrase, met, margin, withheld, coverage } = indicator;
  const words = say.value;
  const status = met === null ? 'unknown' : met ? 'met' : 'not_met';
  // The bar ends at one and a half times the threshold: enough to see by how much.
  const share = value === null || threshold === null ? 0 : Math.min(1, Math.max(0, value / (threshold * 1.5)));
  const step = unit === '%' ? words.points : unit;
  const gap = margin === null ? '—' : words[margin >= 0 ? 'above' : 'below'](`${compact(Math.abs(margin))} ${step}`);
  const qualitative = unit === '个';
  return (
    <li>
      <button type="button" class={`indicator ${status}`} data-indicator={id} onClick={() => open(id)}>
        <span class="status" aria-hidden="true">
          {{ met: '✓', not_met: '✗', unknown: '?' }[status]}
        </span>
        <span class="name">
          <b>{text(name)}</b>
          <small>
            {id} · {clause}
          </small>
        </span>
        <span class="bullet" aria-hidden="true">
          {!qualitative && (
            <>
              <span class="fill" style={{ width: `${share * 100}%` }} />
              <span class="mark" style={{ left: `${(1 / 1.5) * 100}%` }} />
            </>
          )}
        </span>
        <span class="value">
          <b>
            {withheld
              ? words.withheld
              : qualitative
                ? met === null
                  ? words.notAssessable
                  : met
                    ? words.met
                    : words.notMet
                : `${number(value, 2)} ${unit}`}
          </b>
          <small>
            {words.threshold} {text(thresholdPhrase)}
            {qualitative ? '' : ` ${unit}`}
          </small>
        </span>
        <span class="gap">
          <b>{qualitative ? '' : gap}</b>
          <small>{coverage === null ? '' : `${words.coverage} ${percent(coverage, 2)}`}</small>
        </span>
      </button>
    </li>
  );
}

function Prerequisites({ score: { prerequisites } }: { score: Score }) {
  return (
    <ul class="prerequisites" aria-label={say.value.prerequisites}>
      {prerequisites.map(({ id, clause, name, met, phrase }) => (
        <li key={id} class={met === null ? 'unknown' : met ? 'met' : 'not_met'} title={phrase}>
          <span aria-hidden="true">{met === null ? '?' : met ? '✓' : '✗'}</span> {clause} {text(name)}
        </li>
      ))}
    </ul>
  );
}

function Interpretations({ score: { contradictions, notStated } }: { score: Score }) {
  const words = say.value;
  return (
    <details>
      <summary>
        {words.contradictions} ({contradictions.length}) · {words.notStated} ({notStated.length})
      </summary>
      <ul class="notes">
        {contradictions.map(({ clause, text: what, taken }) => (
          <li key={what.zh}>
            <b>{clause}</b> {text(what)} — {words.taken}: {text(taken)}
          </li>
        ))}
        {notStated.map(({ what, taken }) => (
          <li key={what.zh}>
            {text(what)} — {words.taken}: {text(taken)}
          </li>
        ))}
      </ul>
    </details>
  );
}
