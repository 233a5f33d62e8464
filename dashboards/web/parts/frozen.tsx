// Owns what a snapshot says: each standard's verdict and indicators as they were sealed, and beside each what computing again gave.
import type { Score } from '../../../scoring/score.ts';
import type { Snapshot } from '../../../snapshot/form.ts';
import type { FigureCheck, Verification } from '../../../snapshot/verify.ts';
import { clauseText, exact, isoDay, percent, text, unitText } from '../format.ts';
import { worded } from '../words.ts';
import { judged, symbolOf, verdictWord } from './indicator.tsx';

export type FrozenAnswer = Pick<
  Snapshot,
  'state' | 'number' | 'previous' | 'correction' | 'period' | 'scores' | 'evidence' | 'losses' | 'notes' | 'software'
> & { name: string; hash: string; fingerprint: string; at: string };

const words = worded(
  {
    period: '核算期',
    key: '签名密钥指纹',
    hash: '签名内容 SHA-256',
    fileHash: '文件 SHA-256',
    previous: '上一份快照',
    software: '生成程序',
    clause: '条款',
    indicator: '指标',
    value: '封存值',
    threshold: '要求',
    result: '结果',
    check: '核验',
    coverage: '完整率',
    equal: '一致',
    different: '不同',
    sound: (figures: number, files: number) => `核验通过：${figures} 个数字重算一致，${files} 个文件与签名相符`,
    unsound: (different: number, problems: number) => `核验未通过：${different} 个数字不同，${problems} 处问题`,
    verdict: '结论',
    draft: '草稿：年度尚未封存，数字会变',
  },
  {
    period: 'Period',
    key: 'Fingerprint of the key',
    hash: 'SHA-256 of the signed content',
    fileHash: 'SHA-256 of the file',
    previous: 'Snapshot before it',
    software: 'Made by',
    clause: 'Clause',
    indicator: 'Indicator',
    value: 'As sealed',
    threshold: 'Threshold',
    result: 'Result',
    check: 'Verified',
    coverage: 'Coverage',
    equal: 'equal',
    different: 'different',
    sound: (figures, files) =>
      `Sound: ${figures} figures are equal when computed again, ${files} files are what was signed`,
    unsound: (different, problems) => `NOT sound: ${different} figures differ, ${problems} problems`,
    verdict: 'Verdict',
    draft: 'A draft: the year is not sealed, its figures will change',
  },
);

/** The end is the moment after the last day. */
const daysOf = ({ from, to }: { from: string; to: string }): string =>
  `${isoDay(Date.parse(from))} – ${isoDay(Date.parse(to) - 1)}`;

type FrozenProps = { frozen: FrozenAnswer; fileHash: string; found: Verification | null };

export function Frozen({ frozen, fileHash, found }: FrozenProps) {
  const own = words.value;
  const { state, period, hash, fingerprint, previous, software, scores } = frozen;
  const facts: [string, string][] = [
    [own.period, daysOf(period)],
    [own.hash, hash],
    [own.fileHash, fileHash],
    [own.previous, previous ?? '—'],
    [own.key, fingerprint],
    [own.software, `${software.name} ${software.version}`],
  ];
  return (
    <article class="frozen" data-frozen={frozen.name}>
      {state === 'draft' && <p class="note">{own.draft}</p>}
      {found !== null && <Outcome found={found} />}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{/^[0-9a-f]{64}$/.test(value) ? <code>{value}</code> : value}</dd>
          </div>
        ))}
      </dl>
      {scores.map((score) => (
        <Standard key={score.pack} score={score} found={found} />
      ))}
    </article>
  );
}

function Outcome({ found }: { found: Verification }) {
  const own = words.value;
  const different = found.figures.filter(({ equal }) => !equal);
  return (
    <div class={`outcome ${found.ok ? 'met' : 'not_met'}`} role="status" data-outcome={found.ok ? 'sound' : 'unsound'}>
      <p>
        <span aria-hidden="true">{found.ok ? '✓' : '✗'}</span>{' '}
        {found.ok ? own.sound(found.figures.length, found.files) : own.unsound(different.length, found.problems.length)}
      </p>
      {found.problems.map((problem) => (
        <p key={problem.zh}>{text(problem)}</p>
      ))}
    </div>
  );
}

function Standard({ score, found }: { score: Score; found: Verification | null }) {
  const own = words.value;
  const { packName, verdict, verdictName, noVerdict, indicators, pack } = score;
  const said = verdictName ?? noVerdict;
  const checks = new Map(found?.figures.filter((one) => one.pack === pack).map((one) => [one.id, one]));
  return (
    <section>
      <h2 class="group">
        {text(packName)} <span class={verdict}>{said === null ? verdictWord(verdict) : text(said)}</span>
      </h2>
      <section class="scroll" tabIndex={0} aria-label={text(packName)}>
        <table class="indicators">
          <thead>
            <tr>
              <th>{own.clause}</th>
              <th>{own.indicator}</th>
              <th class="right">{own.value}</th>
              <th>{own.threshold}</th>
              <th>{own.result}</th>
              <th class="right">{own.coverage}</th>
              {found !== null && <th>{own.check}</th>}
            </tr>
          </thead>
          <tbody>
            {indicators.map(({ id, clause, name, value, unit, thresholdPhrase, met, coverage }) => (
              <tr key={id} data-sealed={id}>
                <td>{clauseText(clause)}</td>
                <td class="words">{text(name)}</td>
                <td class="right">
                  {value === null ? '—' : exact(value)} <i class="unit">{unitText(unit)}</i>
                </td>
                <td class="words">{text(thresholdPhrase)}</td>
                <td class={met === null ? 'unknown' : met ? 'met' : 'not_met'}>
                  <span class="state">
                    {symbolOf(met)}{' '}
                    {met === null ? judged.value.notAssessable : met ? judged.value.met : judged.value.notMet}
                  </span>
                </td>
                <td class="right">{percent(coverage, 2)}</td>
                {found !== null && <Check one={checks.get(id)} />}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Check({ one }: { one: FigureCheck | undefined }) {
  const own = words.value;
  if (one === undefined) return <td>—</td>;
  return (
    <td class={one.equal ? 'met' : 'not_met'}>
      <span class="state">{one.equal ? `= ${own.equal}` : `≠ ${own.different}`}</span>
      {one.why !== null && <small> {text(one.why)}</small>}
    </td>
  );
}
