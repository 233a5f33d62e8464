// Owns the desk where reports are asked for: which there are, what each is made of, and its forms.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Calendar } from '../../core/calendar.ts';
import { canonicalHash } from '../../core/canonical.ts';
import { reportFormats, reportIds, reportPeriods } from '../../core/config/report-schema.ts';
import { correctedSlots } from '../../core/corrections.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Revision } from '../../core/ledger.ts';
import { type Language, languages } from '../../core/text.ts';
import { startScoring } from '../../scoring/main.ts';
import { loadMeasures } from '../../scoring/measures.ts';
import { composeSnapshot } from '../compose.ts';
import type { Snapshot } from '../form.ts';
import { extractOf, gatherMaterial } from '../gather.ts';
import { plantKey } from '../key.ts';
import type { Workshop } from '../make.ts';
import { openSound } from '../open.ts';
import { ledgerIn } from '../recompute.ts';
import { readSnapshot, sealedIn, shelfOf } from '../shelf.ts';
import { energyReport } from './energy.ts';
import { greenhouseGasSections } from './greenhouse-gas.ts';
import { writeHtml } from './html.ts';
import { ledgerReport } from './ledger.ts';
import type { Report } from './model.ts';
import { type ReportFormat, type ReportId, reportNames } from './names.ts';
import { reportOf } from './pages.ts';
import { printPdf } from './pdf.ts';
import { periodOf } from './period.ts';
import { planReport } from './plan.ts';
import { writeWorkbook } from './xlsx.ts';

/** Which periods a report can be of. */
export const periodsOf = (report: ReportId): readonly (typeof reportPeriods)[number][] =>
  report === 'energy' ? reportPeriods : ['year'];

export const askedSchema = z.strictObject({
  report: z.enum(reportIds),
  period: z.string().max(16),
  language: z.enum(languages),
  format: z.enum(reportFormats),
});
export type Asked = z.infer<typeof askedSchema>;

export const mediaTypes: Record<ReportFormat, string> = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export const nameOf = (site: string, { report, period, language, format }: Asked): string =>
  `${site}-${report}-${period}.${language}.${format}`;

export async function makeReport(shop: Workshop, asked: Asked): Promise<Uint8Array> {
  return writeReport(await composeReport(shop, asked.report, asked.period), asked.language, asked.format);
}

export async function writeReport(report: Report, language: Language, format: ReportFormat): Promise<Uint8Array> {
  if (format === 'xlsx') return writeWorkbook(report, language);
  const html = writeHtml(report, language);
  if (format === 'html') return Buffer.from(html);
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-report-'));
  try {
    const [page, pdf] = [join(folder, 'report.html'), join(folder, 'report.pdf')];
    writeFileSync(page, html);
    await printPdf(page, pdf);
    return readFileSync(pdf);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Of a sealed year, the sealed figures; of any other, those of now, as a draft. Energy is always what the slots say now. */
export async function composeReport(shop: Workshop, report: ReportId, period: string): Promise<Report> {
  const { site, store, ledger, clock } = shop;
  const calendar = new Calendar(site.timezone);
  const asked = periodOf(period, calendar);
  if (report === 'energy') {
    const asCorrected = { slots: correctedSlots(store, ledger, calendar), facts: () => store.facts() };
    return energyReport({ site, store: asCorrected, ledger }, asked, clock.now());
  }
  if (asked.span !== 'year')
    throw new Fault(
      'report_yearly',
      {
        zh: `${reportNames[report].zh}按年编制：请给出年份，例如 ${asked.year}`,
        en: `the ${reportNames[report].en.toLowerCase()} is made of a year: give one, such as ${asked.year}`,
      },
      { exitCode: exitCodes.configuration },
    );
  if (report === 'plan') {
    const scorer = startScoring({ site, store, ledger, clock });
    const standings = [];
    for (const { id } of scorer.packs)
      standings.push({ score: await scorer.score(id, asked.year), way: await scorer.way(id, asked.year) });
    return planReport(site.name, asked.year, standings, loadMeasures(site.folder));
  }
  const { snapshot, hash, fingerprint, revisions } = await yearOf(shop, asked.year);
  if (report === 'annual') return reportOf(snapshot, hash, fingerprint);
  if (report === 'ledger') return ledgerReport(snapshot, revisions);
  const draft = snapshot.state === 'draft';
  return {
    title: site.name,
    subtitle: {
      zh: `温室气体排放报告　${asked.year} 年${draft ? '（草稿）' : ''}`,
      en: `Greenhouse-gas report ${asked.year}${draft ? ' (draft)' : ''}`,
    },
    sections: greenhouseGasSections(snapshot),
  };
}

type Year = { snapshot: Snapshot; hash: string; fingerprint: string; revisions: readonly Revision[] };

async function yearOf({ site, dataFolder, store, ledger, software }: Workshop, year: number): Promise<Year> {
  const sealed = sealedIn(shelfOf(dataFolder)).findLast((one) => one.year === year);
  if (sealed !== undefined) {
    const { snapshot, hash, signature, files } = openSound(readSnapshot(sealed.file));
    return { snapshot, hash, fingerprint: signature.fingerprint, revisions: ledgerIn(files) };
  }
  const material = await gatherMaterial(site, year, store, ledger, dataFolder);
  const place = { number: 0, state: 'draft', previous: null, correction: null } as const;
  const snapshot = composeSnapshot(material, place, software);
  const { fingerprint } = plantKey(dataFolder);
  return { snapshot, hash: canonicalHash(snapshot), fingerprint, revisions: extractOf(material.inputs) };
}
