// Owns the screen of factors and configuration: what each year was computed with, what there is to choose from, and what the site says.
import type { FactorList, FactorRowAnswer, UsedFactor } from '../../api/answers/records.ts';
import { choice, go } from '../address.ts';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { Configuration } from '../parts/configuration.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { Drawer, openedPart, openPart } from '../parts/drawer.tsx';
import { EntryEditor } from '../parts/entry-editor.tsx';
import { valueName } from '../parts/entry-words.ts';
import { AllFactors, tableOf, UsedFactors } from '../parts/factor-table.tsx';
import { factorWords } from '../parts/factor-words.ts';
import type { JsonSchema } from '../parts/form-fields.ts';
import { ask, site } from '../state.ts';
import { say } from '../words.ts';
import { newId } from './ledger.tsx';

const tab = choice('tab', ['factors', 'configuration'] as const, () => 'factors');

export function FactorsScreen() {
  if (site.value === null) return <p class="empty">{say.value.loading}</p>;
  return (
    <section class="records">
      <h1 class="title">
        {factorWords.value.title} <small>{factorWords.value.hint}</small>
      </h1>
      <Choices
        name={factorWords.value.tab}
        all={['factors', 'configuration'] as const}
        chosen={tab.value}
        say={(one) => factorWords.value.tabs[one]}
        choose={(one) => go({ tab: one, open: null })}
      />
      {tab.value === 'configuration' ? (
        <Configuration />
      ) : (
        <Answered<FactorList> path="api/factors">{(list) => <Factors list={list} />}</Answered>
      )}
    </section>
  );
}

function Factors({ list }: { list: FactorList }) {
  const { value: own } = factorWords;
  const closed = site.value?.lastClosedYear ?? 0;
  const years = [closed + 1, closed, closed - 1].map(String);
  const kinds = [...new Set(list.rows.map(({ kind }) => kind))];
  const [first = 'grid_average'] = kinds;
  // The last year that is over is what people ask about.
  const year = choice('year', years, () => String(closed)).value;
  const kind = choice('factor', kinds, () => (kinds.includes('grid_average') ? 'grid_average' : first)).value;
  const rows = list.rows.filter((one) => one.kind === kind);
  return (
    <>
      <section>
        <div class="toolbar">
          <h2 class="plain">
            {own.used} <small>{own.usedHint}</small>
          </h2>
          <Choices name={own.year} all={years} chosen={year} say={(one) => one} choose={(one) => go({ year: one })} />
        </div>
        <Answered<UsedFactor[]> path={`api/factors/used/${year}`}>{(used) => <UsedFactors used={used} />}</Answered>
        {list.sealed.length > 0 && <p class="hint">{own.sealed(list.sealed.join(', '))}</p>}
      </section>
      <section>
        <div class="toolbar">
          <h2 class="plain">{own.all}</h2>
          <Choices name={own.kind} all={kinds} chosen={kind} say={valueName} choose={(one) => go({ factor: one })} />
          <p class="deeds">
            {list.may && (
              <button type="button" class="primary" onClick={() => openPart('factor')}>
                {own.own}
              </button>
            )}
            <CsvButton name={`factors-${kind}`} rows={() => tableOf(rows)} />
          </p>
        </div>
        {!list.may && <p class="hint">{own.readOnly}</p>}
        <AllFactors rows={rows} list={list} />
      </section>
      <Opened list={list} />
    </>
  );
}

/** factor, factor:<place of the row that it starts from> */
function Opened({ list }: { list: FactorList }) {
  const [what = '', place] = (openedPart.value ?? '').split(':');
  const { value: own } = factorWords;
  const schema = ask<Record<string, JsonSchema>>('api/ledger/forms').value.data?.factor;
  if (what !== 'factor' || !list.may) return null;
  if (schema === undefined) return <p class="hint">{say.value.loading}</p>;
  const base = place === undefined ? undefined : list.rows[Number(place)];
  const before = base === undefined ? {} : writtenFrom(base);
  const from = Math.max(site.value?.lastClosedYear ?? 0, ...list.sealed) + 1;
  return (
    <Drawer title={own.own} {...(base === undefined ? {} : { hint: own.newVersion(base.entry?.id ?? base.file) })}>
      <EntryEditor
        key={place ?? ''}
        kind="factor"
        schema={schema}
        start={{ region: 'CN', ...before, id: newId('factor'), from: String(from), to: '' }}
        before={before}
        revises={null}
        suggestions={{ supersedes: list.rows.flatMap(({ entry }) => entry?.id ?? []) }}
      />
    </Drawer>
  );
}

function writtenFrom(row: FactorRowAnswer): Record<string, string> {
  const { kind, region, carrier, dataYear, value, unit, parts, publisher, notice, source, entry, file } = row;
  const [ncv = '', ncvUnit = ''] = parts?.ncv.split(' ') ?? [];
  const [carbon = '', carbonUnit = ''] = parts?.carbon.split(' ') ?? [];
  return {
    ...{ factor: kind, region, publisher, notice, source },
    ...(carrier === null ? {} : { carrier }),
    ...(dataYear === null ? {} : { dataYear: String(dataYear) }),
    ...(value === null ? {} : { value: String(value), unit }),
    ...(kind === 'fuel' || kind === 'gwp' ? { family: file } : {}),
    ...(parts === null
      ? {}
      : {
          ...{ 'ncv.value': ncv, 'ncv.unit': ncvUnit, 'carbon.value': carbon, 'carbon.unit': carbonUnit },
          oxidation: String(parts.oxidation),
        }),
    ...(entry === null ? {} : { supersedes: entry.id }),
  };
}
