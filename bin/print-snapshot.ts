// Owns how snapshots, their verification and their differences look on a terminal.
import type { Language, Text } from '../core/text.ts';
import { formatNumber, formatQuantity } from '../scoring/figure.ts';
import { type Bridge, causeNames, type YearSeries } from '../snapshot/compare.ts';
import type { Listed } from '../snapshot/list.ts';
import type { Opened } from '../snapshot/open.ts';
import { verdictOf } from '../snapshot/report/indicators.ts';
import { both } from '../snapshot/report/model.ts';
import type { Verification } from '../snapshot/verify.ts';

const amount = (value: number | null): string => (value === null ? '—' : formatNumber(value));

/** `trusted`: the fingerprint that was asked for. */
export function printVerification(found: Verification, language: Language, trusted?: string): string {
  const zh = language === 'zh';
  const equal = found.figures.filter((figure) => figure.equal).length;
  const lines = [
    `${found.site} ${found.year}  ${zh ? (found.state === 'draft' ? '草稿' : '封存') : found.state}`,
    `  ${zh ? '签名内容 SHA-256' : 'SHA-256 of the signed content'}  ${found.hash}`,
    `  ${zh ? '上一份' : 'before '}  ${found.previous ?? '—'}`,
    `  ${zh ? '密钥  ' : 'key    '}  ${found.fingerprint}`,
    `  ${zh ? '签名于' : 'signed '}  ${found.at}`,
    '',
    ...found.problems.map((text) => `✗ ${text[language]}`),
    ...found.figures.map(
      ({ pack, clause, name, said, sealed, equal: same, why, unit }) =>
        `${same ? '=' : '≠'} ${pack}  ${clause === null ? '' : `${clause}  `}${name[language]}  ${(said ?? both(formatQuantity({ value: sealed, unit })))[language].trim()}${why === null ? '' : `  ${why[language]}`}`,
    ),
    '',
    zh
      ? `${found.files} 个文件，${found.figures.length} 个数字，其中 ${equal} 个重算一致：${found.ok ? '核验通过' : '核验未通过'}`
      : `${found.files} files, ${found.figures.length} figures, ${equal} of them equal when computed again: ${found.ok ? 'sound' : 'NOT SOUND'}`,
    lastWord(found, trusted)[language],
  ];
  return lines.join('\n');
}

function lastWord({ ok, problems, figures }: Verification, trusted: string | undefined): Text {
  const different = figures.filter((figure) => !figure.equal);
  const [
    reason = { zh: `${different.length} 个数字重算不同`, en: `${different.length} figures differ when computed again` },
  ] = problems;
  if (!ok) return { zh: `未通过的原因：${reason.zh}`, en: `Not sound because ${reason.en}` };
  if (trusted !== undefined) return { zh: '签名密钥与给定的指纹一致。', en: 'The key is the one that was given.' };
  return {
    zh: '请将密钥指纹与工厂公布的核对（--key）。',
    en: 'Compare the fingerprint of the key with the one that the plant made known (--key).',
  };
}

const states: Record<Listed['state'], Text> = {
  draft: { zh: '草稿', en: 'draft' },
  sealed: { zh: '封存', en: 'sealed' },
  superseded: { zh: '已被更正', en: 'superseded' },
};

export const printList = (list: readonly Listed[], language: Language): string =>
  list
    .map(({ name, state, hash, at, cause, verdicts }) => {
      const said = verdicts.map(({ pack, verdict }) => `${pack}: ${verdict[language]}`).join('  ');
      return `${name}  ${states[state][language]}  ${at}  ${hash.slice(0, 12)}…  ${said}${cause === null ? '' : `  (${cause})`}`;
    })
    .join('\n');

export function printSnapshot({ snapshot, hash, signature }: Opened, language: Language): string {
  const { plant, period, scores, series, losses, evidence, correction } = snapshot;
  const zh = language === 'zh';
  return [
    `${plant.name[language]} ${period.year}  ${states[snapshot.state][language]}  ${period.from} … ${period.to}`,
    `  ${zh ? '签名内容 SHA-256' : 'SHA-256 of the signed content'} ${hash}`,
    `  ${zh ? '密钥' : 'key'} ${signature.fingerprint}  ${signature.at}`,
    ...(correction === null
      ? []
      : [`  ${zh ? '更正' : 'corrects'} ${correction.of}: ${correction.cause} (${correction.by})`]),
    ...scores.flatMap((score) => [
      '',
      `${score.pack}  ${score.packName[language]}: ${verdictOf(score)[language]}`,
      ...score.indicators.map(
        ({ clause, name, value, unit, met }) =>
          `  ${met === null ? '?' : met ? '✓' : '✗'} ${clause}  ${name[language]}: ${formatQuantity({ value, unit })}`,
      ),
    ]),
    '',
    ...series.map(({ meter, point, coverage, estimated, quality }) => {
      const share = `${(coverage * 100).toFixed(2)} %`;
      return `  ${meter}.${point}  ${zh ? '完整率' : 'covered'} ${share}  ${zh ? '推定' : 'estimated'} ${amount(estimated)}  ${quality}`;
    }),
    ...losses.map(
      ({ gateway, readings, reason }) =>
        `  ! ${gateway}: ${readings} ${zh ? '个读数丢失' : 'readings lost'} (${reason})`,
    ),
    ...evidence.map(({ document, title, file }) => `  ${file === null ? '–' : '✓'} ${document}  ${title}`),
  ].join('\n');
}

export const printSeries = (series: readonly YearSeries[], language: Language): string =>
  series
    .flatMap(({ pack, id, name, unit, values }) => [
      `${pack} ${id}`.trim().concat(`  ${name[language]} (${unit})`),
      ...values.map(({ year, value }) => `    ${year}  ${amount(value)}`),
    ])
    .join('\n');

/** Only what changed, unless one figure is asked for. */
export function printBridges(bridges: readonly Bridge[], language: Language, withSteps: boolean): string {
  const zh = language === 'zh';
  if (bridges.length === 0) return zh ? '没有差别' : 'nothing differs';
  return bridges
    .flatMap(({ pack, id, name, unit, from, to, steps }) => [
      `${pack} ${id}`.trim().concat(`  ${name[language]} (${unit}): ${from ?? '—'} → ${to ?? '—'}`),
      ...(withSteps ? (steps ?? []) : []).map(({ causes, detail, change }) => {
        const words = causes.map((cause) => causeNames[cause][language]).join(' + ');
        return `    ${change.startsWith('-') ? '' : '+'}${change}  ${words}${zh ? `（${detail.zh}）` : ` (${detail.en})`}`;
      }),
      ...(withSteps && steps === null
        ? [zh ? '    一端没有数值，无法分解' : '    one end has no value: nothing to add up']
        : []),
    ])
    .join('\n');
}
