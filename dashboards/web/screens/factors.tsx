// Owns the screen of factors and configuration: what each year was computed with, what there is to choose from, and what the site says.
import type { FactorList, FactorRowAnswer, UsedFactor } from '../../api/answers/records.ts';
import { choice, go } from '../address.ts';
import { dateOf, exact, text, unitText } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { Configuration } from '../parts/configuration.tsx';
import { CsvButton } from '../parts/csv.tsx';
import { Drawer, openedPart, openPart } from '../parts/drawer.tsx';
import { EntryEditor } from '../parts/entry-editor.tsx';
import { valueName } from '../parts/entry-words.ts';
import type { JsonSchema } from '../parts/form-fields.ts';
import { ask, site } from '../state.ts';
import { say, worded } from '../words.ts';
import { newId } from './ledger.tsx';

const words = worded(
  {
    tabs: { factors: '排放因子', configuration: '工厂配置' },
    tab: '视图',
    title: '因子与配置',
    hint: '每个因子都带来源、年份与核对状态',
    used: '各年所用',
    usedHint: '取自该年得分的溯源',
    year: '年份',
    noneUsed: '该年没有用到因子',
    factor: '因子',
    region: '区域',
    dataYear: '数据年',
    value: '数值',
    fit: '适用性',
    mark: '核对',
    source: '来源',
    all: '全部因子',
    kind: '类别',
    validity: '适用年',
    published: '发布',
    owners: { product: '内置', site: '工厂文件', ledger: '台账' },
    owner: '出处',
    own: '登记自有因子',
    version: '新版本',
    newVersion: (id: string) => `新版本，取代或优先于 ${id}`,
    sealed: (years: string) => `${years} 年已封存或关账：其因子不再改变`,
    by: (who: string, when: string) => `${who} · ${when}`,
    marks:
      '核对状态：SEED 种子文件 · FOUND-P 原文副本 · FOUND 公开来源 · RECALLED 未核对 · DERIVED 推算 · USER 用户登记',
    inPlace: '被取代',
    standards: (count: number) => `${count} 个标准`,
    readOnly: '能源管理负责人登录后可以登记自有因子。',
  },
  {
    tabs: { factors: 'Factors', configuration: 'Configuration' },
    tab: 'View',
    title: 'Factors and configuration',
    hint: 'every factor with its source, its year, and whether it was compared with the original',
    used: 'Used in a year',
    usedHint: "out of the traces of that year's scores",
    year: 'Year',
    noneUsed: 'No factor was used in that year',
    factor: 'Factor',
    region: 'Region',
    dataYear: 'Data year',
    value: 'Value',
    fit: 'Fit',
    mark: 'Checked',
    source: 'Source',
    all: 'All factors',
    kind: 'Kind',
    validity: 'For years',
    published: 'Published',
    owners: { product: 'product', site: 'site file', ledger: 'ledger' },
    owner: 'From',
    own: 'Enter a factor of our own',
    version: 'New version',
    newVersion: (id) => `A new version, in place of ${id}`,
    sealed: (years) => `${years}: sealed or closed, its factors stay as they are`,
    by: (who, when) => `${who} · ${when}`,
    marks:
      'Checked: SEED source document · FOUND-P copy of the original · FOUND public source · RECALLED not checked · DERIVED computed · USER entered here',
    inPlace: 'superseded',
    standards: (count) => (count === 1 ? '1 standard' : `${count} standards`),
    readOnly: 'A manager who signed in can enter factors of the plant.',
  },
);

const tab = choice('tab', ['factors', 'configuration'] as const, () => 'factors');

export function FactorsScreen() {
  if (site.value === null) return <p class="empty">{say.value.loading}</p>;
  return (
    <section class="records">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Choices
        name={words.value.tab}
        all={['factors', 'configuration'] as const}
        chosen={tab.value}
        say={(one) => words.value.tabs[one]}
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
  const { value: own } = words;
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
        <Answered<UsedFactor[]> path={`api/factors/used/${year}`}>{(used) => <Used used={used} />}</Answered>
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
        <All rows={rows} list={list} />
        <p class="hint">{own.marks}</p>
      </section>
      <Opened list={list} />
    </>
  );
}

const partsOf = ({ value, unit, parts }: FactorRowAnswer): string =>
  value === null && parts !== null
    ? `${parts.ncv} × ${parts.carbon} × ${parts.oxidation}`
    : `${value ?? '—'} ${unitText(unit)}`;

function tableOf(rows: readonly FactorRowAnswer[]): (string | number | null)[][] {
  return [
    [
      'file',
      'kind',
      'region',
      'carrier',
      'dataYear',
      'from',
      'to',
      'value',
      'publisher',
      'notice',
      'published',
      'source',
      'confidence',
      'owner',
    ],
    ...rows.map((row) => [
      ...[row.file, row.kind, row.region, row.carrier, row.dataYear, row.from, row.to, partsOf(row)],
      ...[row.publisher, row.notice, row.published, row.source, row.confidence, row.owner],
    ]),
  ];
}

const Mark = ({ confidence }: { confidence: string }) => (
  <span class={`confidence ${confidence.toLowerCase()}`}>{confidence}</span>
);

function Used({ used }: { used: readonly UsedFactor[] }) {
  const { value: own } = words;
  if (used.length === 0) return <p class="empty">{own.noneUsed}</p>;
  return (
    <section class="scroll" tabIndex={0} aria-label={own.used}>
      <table class="entries">
        <thead>
          <tr>
            <th>{own.factor}</th>
            <th>{own.region}</th>
            <th class="right">{own.value}</th>
            <th>{own.fit}</th>
            <th>{own.mark}</th>
            <th>{own.source}</th>
          </tr>
        </thead>
        <tbody>
          {used.map((one) => (
            <tr key={`${one.factor}${one.region}${one.dataYear}${one.value}`} data-used={one.factor}>
              <td>
                {one.factor}
                <small class="below">{own.standards(one.packs.length)}</small>
              </td>
              <td>{one.region}</td>
              <td class="right">
                {one.value === null ? '—' : exact(one.value)} <small>{unitText(one.unit)}</small>
              </td>
              <td>{text(one.fit)}</td>
              <td>
                <Mark confidence={one.confidence} />
              </td>
              <td class="wide">
                <small lang="zh-CN">
                  {one.publisher} {one.notice}
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function All({ rows, list }: { rows: readonly FactorRowAnswer[]; list: FactorList }) {
  const { value: own } = words;
  const superseded = new Set(list.rows.flatMap(({ entry }) => entry?.supersedes ?? []));
  return (
    <section class="scroll" tabIndex={0} aria-label={own.all}>
      <table class="entries">
        <thead>
          <tr>
            <th>{own.factor}</th>
            <th>{own.region}</th>
            <th>{own.dataYear}</th>
            <th class="right">{own.value}</th>
            <th>{own.validity}</th>
            <th>{own.mark}</th>
            <th>{own.owner}</th>
            <th>{own.source}</th>
            {list.may && <th />}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={`${row.file}${index}`} data-factor={row.entry?.id ?? row.file}>
              <td>
                {row.carrier === null ? row.file : valueName(row.carrier)}
                <small class="below">
                  {row.entry?.id ?? (row.carrier === null ? text(row.name) : row.file)}
                  {row.entry !== null && superseded.has(row.entry.id) && ` · ${own.inPlace}`}
                </small>
              </td>
              <td>{row.region}</td>
              <td>{row.dataYear ?? '—'}</td>
              <td class="right">
                <Value row={row} />
              </td>
              <td>{row.from === null && row.to === null ? '—' : `${row.from ?? ''}–${row.to ?? ''}`}</td>
              <td>
                <Mark confidence={row.confidence} />
              </td>
              <td>
                {own.owners[row.owner]}
                {row.entry !== null && <small class="below">{own.by(row.entry.author, dateOf(row.entry.at))}</small>}
              </td>
              <td class="wide">
                <small lang="zh-CN">
                  {row.publisher} {row.notice} {row.published ?? ''}
                </small>
              </td>
              {list.may && (
                <td>
                  <button type="button" class="quiet" onClick={() => openPart(`factor:${list.rows.indexOf(row)}`)}>
                    {own.version}
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Value({ row }: { row: FactorRowAnswer }) {
  if (row.value !== null)
    return (
      <>
        {exact(row.value)} <small>{unitText(row.unit)}</small>
      </>
    );
  if (row.parts === null) return <>—</>;
  return (
    <small>
      {unitText(row.parts.ncv)} × {row.parts.carbon} × {row.parts.oxidation}
    </small>
  );
}

/** factor, factor:<place of the row that it starts from> */
function Opened({ list }: { list: FactorList }) {
  const [what = '', place] = (openedPart.value ?? '').split(':');
  const { value: own } = words;
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
