// Owns the schemas of what the ledger and its evidence answer; their types are in records.ts, which the page shares.
import { z } from 'zod';
import { documentEntry, type LedgerEntry, ledgerEntrySchema, type Revision } from '../../../core/ledger.ts';
import { count, maybe, named, text, time } from './named.ts';
import type {
  DocumentRow,
  Effect,
  EntryCheck,
  EntryHistory,
  EvidenceList,
  ImportAnswer,
  LedgerList,
} from './records.ts';
import { verdict } from './score.ts';

const year = z.number().int();
const years = z.array(year);
const yesOrNo = z.boolean().nullable();
const entry: z.ZodType<LedgerEntry> = ledgerEntrySchema.register(named, { id: 'LedgerEntry' });

const written = { number: count, at: time, author: z.string(), reason: z.string(), hash: z.string(), entry };
const revision = z.object({ ...written, previous: z.string() });
/** Null: the same was entered already. */
export const revisionAnswer: z.ZodType<Revision | null> = revision.nullable();

export const ledgerList: z.ZodType<LedgerList> = z
  .object({
    may: z.object({ enter: z.boolean(), manage: z.boolean() }),
    chain: z.object({ whole: z.boolean(), revisions: count, head: z.string().nullable() }),
    findings: z.array(z.object({ id: z.string(), text })),
    kinds: z.array(z.object({ kind: z.string(), count, entered: z.boolean() })),
    years,
    names: z.record(z.string(), text),
    rows: z.array(
      z.object({
        ...written,
        years,
        revisions: count,
        holding: z.object({ held: z.number(), retired: z.number(), left: z.number() }).nullable(),
      }),
    ),
  })
  .register(named, { id: 'LedgerList' });

export const entryHistory: z.ZodType<EntryHistory> = z
  .object({ revisions: z.array(revision.extend({ withdrawn: z.boolean() })), by: z.array(z.string()) })
  .register(named, { id: 'EntryHistory' });

export const formsAnswer = z
  .record(z.string(), z.looseObject({ type: z.literal('object') }))
  .meta({ description: 'By kind: the JSON Schema of such an entry.' });

const problem = z.object({ path: z.string(), text });
const change = <T extends z.ZodType>(of: T) => z.object({ before: of, after: of });

const effect: z.ZodType<Effect> = z.object({
  pack: z.string(),
  packName: text,
  year,
  sealed: z.boolean(),
  verdict: change(verdict),
  level: change(text.nullable()),
  total: change(maybe).nullable(),
  emissions: change(maybe),
  indicators: z.array(
    z.object({
      id: z.string(),
      name: text,
      unit: z.string(),
      ...change(z.object({ value: maybe, met: yesOrNo, score: maybe })).shape,
    }),
  ),
  prerequisites: z.array(z.object({ id: z.string(), clause: z.string(), name: text, ...change(yesOrNo).shape })),
});

export const entryCheck: z.ZodType<EntryCheck> = z
  .object({ problems: z.array(problem), effects: z.array(effect), years })
  .register(named, { id: 'EntryCheck' });

export const importAnswer: z.ZodType<ImportAnswer> = z
  .object({
    rows: z.array(z.object({ kind: z.string(), id: z.string(), state: z.enum(['new', 'changed', 'same']) })),
    problems: z.array(problem.extend({ line: count, column: count })),
    written: count,
  })
  .register(named, { id: 'Import' });

const document: z.ZodType<DocumentRow> = z.object({
  entry: documentEntry,
  number: count,
  at: time,
  author: z.string(),
  bytes: count.nullable(),
  shown: z.enum(['pdf', 'image']).nullable(),
  life: z.enum(['open', 'valid', 'expiring', 'expired']),
  by: z.array(z.string()),
});

export const evidenceList: z.ZodType<EvidenceList> = z
  .object({
    year,
    may: z.boolean(),
    documents: z.array(document),
    requirements: z.array(
      z.object({
        pack: z.string(),
        packName: text,
        clause: z.string(),
        name: text,
        phrase: z.string(),
        sort: z.enum(['prerequisite', 'indicator']),
        attested: z.object({ id: z.string(), met: z.boolean(), by: z.string() }).nullable(),
        named: z.string().nullable(),
        documents: z.array(z.string()),
        state: z.enum(['proved', 'unattested', 'unproved', 'missing', 'expiring', 'expired', 'denied']),
      }),
    ),
  })
  .register(named, { id: 'EvidenceList' });
