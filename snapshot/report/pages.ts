// Owns the report of a snapshot as pages: the same model written in each language.
import { languages, type Text } from '../../core/text.ts';
import type { Snapshot } from '../form.ts';
import type { Entry } from '../zip.ts';
import { energySection, qualitySection } from './data.ts';
import { greenhouseGasSections } from './greenhouse-gas.ts';
import { writeHtml } from './html.ts';
import { standardSection, verdictOf } from './indicators.ts';
import type { Cell, Report, Section } from './model.ts';

export function reportOf(snapshot: Snapshot, hash: string, fingerprint: string): Report {
  const { plant, period, state } = snapshot;
  const draft = state === 'draft';
  return {
    title: plant.name,
    subtitle: {
      zh: `${period.year} 年度指标快照${draft ? '（草稿）' : ''}`,
      en: `Annual indicator snapshot ${period.year}${draft ? ' (draft)' : ''}`,
    },
    sections: [
      summary(snapshot, hash, fingerprint),
      ...snapshot.scores.map(standardSection),
      ...greenhouseGasSections(snapshot),
      energySection(snapshot),
      qualitySection(snapshot),
    ],
  };
}

function summary(
  { period, scores, previous, correction, software, notes }: Snapshot,
  hash: string,
  key: string,
): Section {
  return {
    title: { zh: '摘要', en: 'Summary' },
    blocks: [
      ...notes.map((text) => ({ kind: 'text' as const, text })),
      {
        kind: 'facts',
        rows: [
          [{ zh: '核算期', en: 'Period' }, `${period.from} … ${period.to}`],
          ...scores.map((score): [Text, Cell] => [score.packName, verdictOf(score)]),
          [{ zh: '快照 SHA-256', en: 'SHA-256 of the snapshot' }, hash],
          [{ zh: '上一份快照', en: 'Snapshot before it' }, previous ?? '—'],
          [{ zh: '签名密钥指纹', en: 'Fingerprint of the key' }, key],
          [{ zh: '生成程序', en: 'Made by' }, `${software.name} ${software.version}`],
        ],
      },
      ...(correction === null
        ? []
        : [
            {
              kind: 'text' as const,
              text: {
                zh: `本快照更正 ${correction.of}：${correction.cause}（${correction.by}，${correction.day}）`,
                en: `This snapshot corrects ${correction.of}: ${correction.cause} (${correction.by}, ${correction.day})`,
              },
            },
          ]),
      {
        kind: 'text',
        text: {
          zh: '任何人凭 .tanbiao 文件即可核验：tanbiao verify 文件，或用其中的时段表、台账与因子自行重算。',
          en: 'Anybody can check this with the .tanbiao file alone: tanbiao verify FILE, or by computing it again from its slots, ledger and factors.',
        },
      },
    ],
  };
}

export const reportsOf = (snapshot: Snapshot, hash: string, fingerprint: string): Entry[] => {
  const report = reportOf(snapshot, hash, fingerprint);
  return languages.map((language) => ({
    name: `report.${language}.html`,
    bytes: Buffer.from(writeHtml(report, language)),
  }));
};
