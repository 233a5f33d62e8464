// Owns what the reports are called.
import type { reportFormats, reportIds } from '../../core/config/report-schema.ts';
import type { Text } from '../../core/text.ts';

export type ReportId = (typeof reportIds)[number];
export type ReportFormat = (typeof reportFormats)[number];

export const reportNames: Record<ReportId, Text> = {
  annual: { zh: '年度指标报告', en: 'Annual indicator report' },
  'greenhouse-gas': { zh: '温室气体排放报告', en: 'Greenhouse-gas report' },
  energy: { zh: '能源报告', en: 'Energy report' },
  ledger: { zh: '台账与佐证索引', en: 'Ledger and evidence index' },
  plan: { zh: '差距与措施方案', en: 'Gaps and plan of measures' },
};
