// Owns the shapes of snapshots and reports: the list, what is sealed, what differs, what a check found, what was made.
import { z } from 'zod';
import { reportFormats, reportIds, reportPeriods } from '../../../core/config/report-schema.ts';
import { languages } from '../../../core/text.ts';
import type { Bridge, Cause } from '../../../snapshot/compare.ts';
import { type EvidenceRecord, snapshotSchema } from '../../../snapshot/form.ts';
import type { Listed } from '../../../snapshot/list.ts';
import type { PastRun, Scheduled } from '../../../snapshot/report/keeper.ts';
import type { Verification } from '../../../snapshot/verify.ts';
import { count, loss, maybe, named, text, time } from './named.ts';
import { score } from './score.ts';

const year = z.number().int();
const word = z.string().nullable();

export const snapshotList: z.ZodType<Listed[]> = z.array(
  z
    .object({
      name: z.string(),
      year,
      state: z.enum(['draft', 'sealed', 'superseded']),
      hash: z.string(),
      fileHash: z.string(),
      previous: word,
      at: z.string(),
      cause: word,
      verdicts: z.array(
        z.object({
          pack: z.string(),
          name: text,
          verdict: text,
          score: maybe,
          indicators: z.array(z.object({ id: z.string(), value: maybe, unit: z.string() })),
        }),
      ),
    })
    .register(named, { id: 'ListedSnapshot' }),
);

const evidence: z.ZodType<EvidenceRecord> = z.object({
  document: z.string(),
  title: z.string(),
  sha256: z.string(),
  file: word,
});
const { state, number, previous, correction, period, ledger, notes, software } = snapshotSchema.shape;

export const snapshotAnswer = z
  .object({
    name: z.string(),
    hash: z.string(),
    fingerprint: z.string(),
    at: z.string(),
    state,
    number,
    previous,
    correction,
    period,
    scores: z.array(score),
    evidence: z.array(evidence),
    losses: z.array(loss),
    ledger,
    notes,
    software,
  })
  .register(named, { id: 'Snapshot' });

const causes = ['activity', 'factor', 'method', 'data_correction'] as const satisfies readonly Cause[];
const change: z.ZodType<Bridge> = z.object({
  pack: z.string(),
  id: z.string(),
  name: text,
  unit: z.string(),
  from: maybe,
  to: maybe,
  steps: z.array(z.object({ causes: z.array(z.enum(causes)), detail: text, change: z.string() })).nullable(),
});
export const changesAnswer = z.object({ causes: z.record(z.enum(causes), text), changes: z.array(change) });

export const verification: z.ZodType<Verification> = z
  .object({
    ok: z.boolean(),
    site: z.string(),
    year,
    state: z.enum(['sealed', 'draft']),
    hash: z.string(),
    previous: word,
    fingerprint: z.string(),
    at: z.string(),
    files: count,
    problems: z.array(text),
    figures: z.array(
      z.object({
        pack: z.string(),
        id: z.string(),
        clause: word,
        name: text,
        unit: z.string(),
        said: text.nullable(),
        sealed: maybe,
        recomputed: maybe,
        equal: z.boolean(),
        why: text.nullable(),
      }),
    ),
  })
  .register(named, { id: 'Verification' });

export const madeAnswer = z.object({ file: z.string(), hash: z.string() });

const form = { report: z.enum(reportIds), language: z.enum(languages), format: z.enum(reportFormats) };
const span = z.enum(reportPeriods);

const scheduled: z.ZodType<Omit<Scheduled, 'webhook'> & { posted: boolean }> = z.object({
  ...form,
  period: span,
  at: z.string(),
  folder: z.string().optional(),
  number: count,
  next: word,
  posted: z.boolean(),
});

/** Where its file lies is the machine's own business; that it was kept is not. */
export const runAnswer: z.ZodType<Omit<PastRun, 'file'>> = z
  .object({
    ...form,
    schedule: z.string(),
    due: time,
    at: z.string(),
    outcome: z.enum(['seen', 'made', 'failed']),
    period: z.string(),
    sha256: word,
    delivery: word,
    reason: text.nullable(),
    kept: z.boolean(),
  })
  .register(named, { id: 'ReportRun' });

export const reportsAnswer = z
  .object({
    reports: z.array(z.object({ id: z.enum(reportIds), name: text, periods: z.array(span) })),
    formats: z.array(z.enum(reportFormats)),
    planned: z.array(scheduled),
    runs: z.array(runAnswer),
  })
  .register(named, { id: 'Reports' });
