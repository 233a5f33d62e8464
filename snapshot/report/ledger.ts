// Owns the report of the ledger: every entry as it stands with its chain, and the evidence behind it.
import { canonicalJson } from '../../core/canonical.ts';
import type { LedgerKind, Revision } from '../../core/ledger.ts';
import type { Text } from '../../core/text.ts';
import type { Snapshot } from '../form.ts';
import { evidenceTable, ledgerFacts } from './data.ts';
import { type Block, both, type Report, type Section } from './model.ts';

const kinds: Record<LedgerKind, Text> = {
  certificate: { zh: '绿色电力证书', en: 'Green certificates' },
  retirement: { zh: '绿证核销', en: 'Retirements' },
  contract: { zh: '绿电合同', en: 'Green-power contracts' },
  credit: { zh: '碳信用', en: 'Carbon credits' },
  measure: { zh: '减排措施', en: 'Measures' },
  booking: { zh: '能源登记（发票、盘点）', en: 'Bookings of energy' },
  attestation: { zh: '声明', en: 'Attestations' },
  emission: { zh: '其他排放', en: 'Other emissions' },
  closing: { zh: '年度关闭', en: 'Closings of years' },
  factor: { zh: '本厂排放因子', en: "The plant's own factors" },
  fact: { zh: '年度数据', en: 'Figures of a year' },
  production: { zh: '产量', en: 'Production' },
  document: { zh: '文件', en: 'Documents' },
  base_year: { zh: '基准年', en: 'Base years' },
  activity: { zh: '活动', en: 'Activities' },
  exemption: { zh: '不适用说明', en: 'Exemptions' },
  import: { zh: '表格导入', en: 'Imports' },
  correction: { zh: '数据更正', en: 'Corrections of data' },
  seal: { zh: '封存记录', en: 'Seals' },
};

/** What of an entry the other columns do not say. */
function restOf({ entry }: Revision): string {
  const { kind: _, id: __, evidence: ___, ...rest } = entry;
  const values = 'values' in rest ? { ...rest, values: `${rest.values.length} × 15 min` } : rest;
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : canonicalJson(value)}`)
    .join('; ');
}

function entriesSection(kind: LedgerKind, revisions: readonly Revision[], used: ReadonlySet<string>): Section {
  return {
    title: kinds[kind],
    blocks: [
      {
        kind: 'table',
        title: kinds[kind],
        columns: [
          { title: { zh: '编号', en: 'Entry' }, look: 'machine' },
          { title: { zh: '修订', en: 'Revision' }, look: 'right' },
          { title: { zh: '内容', en: 'What it says' } },
          { title: { zh: '佐证', en: 'Evidence' }, look: 'machine' },
          { title: { zh: '登记人', en: 'By' } },
          { title: { zh: '计入', en: 'Counted' }, look: 'short' },
        ],
        rows: revisions.map((revision) => [
          revision.entry.id,
          { figure: revision.number, from: revision.hash },
          restOf(revision),
          revision.entry.evidence ?? '—',
          revision.author,
          used.has(revision.entry.id) ? both('✓') : both('—'),
        ]),
      } satisfies Block,
    ],
  };
}

export function ledgerReport(snapshot: Snapshot, revisions: readonly Revision[]): Report {
  const { plant, period, ledger, state } = snapshot;
  const used = new Set(ledger.used);
  const present = (Object.keys(kinds) as LedgerKind[]).filter((kind) =>
    revisions.some(({ entry }) => entry.kind === kind),
  );
  const draft = state === 'draft';
  return {
    title: plant.name,
    subtitle: {
      zh: `台账与佐证索引　${period.year} 年${draft ? '（草稿）' : ''}`,
      en: `Ledger and evidence index ${period.year}${draft ? ' (draft)' : ''}`,
    },
    sections: [
      {
        title: { zh: '台账', en: 'The ledger' },
        blocks: [
          ledgerFacts(ledger),
          {
            kind: 'text',
            text: {
              zh: '台账只追加：每条修订以哈希与前一条相连；“计入”表示该条是某项年度数字的依据。',
              en: 'The ledger is append-only, each revision chained to the one before by its hash; “counted” entries are behind a figure of the year.',
            },
          },
        ],
      },
      ...present.map((kind) =>
        entriesSection(
          kind,
          revisions.filter(({ entry }) => entry.kind === kind),
          used,
        ),
      ),
      { title: { zh: '佐证材料', en: 'Evidence' }, blocks: evidenceTable(snapshot) },
    ],
  };
}
