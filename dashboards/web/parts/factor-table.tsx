// Owns the tables of emission factors: those that a year used, and all of them.
import type { FactorList, FactorRowAnswer, UsedFactor } from '../../api/answers/records.ts';
import { dateOf, exact, text, unitText } from '../format.ts';
import { openPart } from './drawer.tsx';
import { valueName } from './entry-words.ts';
import { factorWords } from './factor-words.ts';
import { MarkChip } from './mark-chip.tsx';
import { regionName } from './region-words.ts';

const partsOf = ({ value, unit, parts }: FactorRowAnswer): string =>
  value === null && parts !== null
    ? `${parts.ncv} × ${parts.carbon} × ${parts.oxidation}`
    : `${value ?? '—'} ${unitText(unit)}`;

export function tableOf(rows: readonly FactorRowAnswer[]): (string | number | null)[][] {
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

export function UsedFactors({ used }: { used: readonly UsedFactor[] }) {
  const { value: own } = factorWords;
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
              <td>{regionName(one.region)}</td>
              <td class="right">
                {one.value === null ? '—' : exact(one.value)} <small>{unitText(one.unit)}</small>
              </td>
              <td>{text(one.fit)}</td>
              <td>
                <MarkChip mark={one.confidence} />
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

export function AllFactors({ rows, list }: { rows: readonly FactorRowAnswer[]; list: FactorList }) {
  const { value: own } = factorWords;
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
                {row.carrier === null ? text(row.name) : valueName(row.carrier)}
                <small class="below">
                  {row.entry?.id ?? row.file}
                  {row.entry !== null && superseded.has(row.entry.id) && ` · ${own.inPlace}`}
                </small>
              </td>
              <td>
                {regionName(row.region)} <small>{row.region}</small>
              </td>
              <td>{row.dataYear ?? '—'}</td>
              <td class="right">
                <Value row={row} />
              </td>
              <td>{row.from === null && row.to === null ? '—' : `${row.from ?? ''}–${row.to ?? ''}`}</td>
              <td>
                <MarkChip mark={row.confidence} />
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
