// Owns the ledger's words: what a plant declares beside its meters, as append-only revisions chained by hash.
import { z } from 'zod';
import { slotLength } from './calendar.ts';
import { message } from './config/yaml-file.ts';
import { pointIds } from './points.ts';
import { idPattern } from './sample.ts';
import { isUnit } from './units.ts';

const id = z.string().regex(idPattern);
const dateText = z.iso.date();
const year = z.int().min(2000).max(2100);
const symbol = z.string().regex(/^[A-Za-z_]\w*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const base = {
  id,
  note: z.string().optional(),
  /** What proves the entry: a document's name or number. */
  evidence: z.string().min(1).optional(),
};

/** Green certificates, 1 MWh each. Only retired ones count, for the year in which the power was generated (发改能源〔2026〕622号). */
const certificate = z.strictObject({
  kind: z.literal('certificate'),
  ...base,
  generationYear: year,
  count: z.int().positive(),
  retired: z.int().nonnegative(),
  retiredFor: year.optional(),
  /** Certificates of self-used power cannot be traded and describe kWh that the plant's own meter already counts. */
  tradable: z.boolean(),
  technology: z.enum(['wind', 'pv', 'biomass', 'hydro', 'other']),
});

const credit = z.strictObject({
  kind: z.literal('credit'),
  ...base,
  program: z.string().min(1),
  vintage: year,
  tonnes: z.number().positive(),
  retiredFor: year.optional(),
});

const measure = z.strictObject({
  kind: z.literal('measure'),
  ...base,
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  year,
  method: z.string().min(1),
  baseline: z.string().min(1),
  saves: z.array(
    z.strictObject({
      carrier: z.enum(['electricity', 'natural_gas', 'heat', 'diesel']),
      amount: z.number().positive(),
      unit: z.enum(['kWh', 'MWh', 'Nm3', 'GJ', 't']),
    }),
  ),
});

/** Energy that no meter reads: invoices and tank readings. */
const booking = z
  .strictObject({
    kind: z.literal('booking'),
    ...base,
    carrier: z.enum(['diesel', 'gasoline', 'lpg', 'natural_gas', 'heat']),
    from: dateText,
    to: dateText,
    amount: z.number().nonnegative(),
    unit: z.enum(['t', 'kg', 'Nm3', 'GJ', 'MJ']),
  })
  .refine(({ from, to }) => from <= to && from.slice(0, 4) === to.slice(0, 4), {
    message: message(
      '起止日期应先后有序且在同一年；跨年的请按年拆成两笔',
      'the dates must be in order and in one year; split what reaches over New Year',
    ),
    path: ['to'],
  });

/** A statement that a person signs for: a prerequisite of a standard is met, a platform is in use. */
const attestation = z.strictObject({
  kind: z.literal('attestation'),
  ...base,
  pack: id,
  clause: z.string().min(1),
  year,
  met: z.boolean(),
  by: z.string().min(1),
});

/** What the plant made, by months or invoices. */
const production = z
  .strictObject({
    kind: z.literal('production'),
    ...base,
    product: symbol,
    from: dateText,
    to: dateText,
    amount: z.number().nonnegative(),
    unit: z.string().refine(isUnit, message('未知单位', 'unknown unit')),
  })
  .refine(({ from, to }) => from <= to && from.slice(0, 4) === to.slice(0, 4), {
    message: message('起止日期应先后有序且在同一年', 'the dates must be in order and in one year'),
    path: ['to'],
  });

/** Readings that came from a file, not from a gateway: which file, and what of it was stored. */
const importing = z.strictObject({
  kind: z.literal('import'),
  ...base,
  file: z.string().min(1),
  sha256,
  series: z.array(z.string()).min(1),
  readings: z.int().positive(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});

/** A sealed snapshot cites readings: they are kept, whatever the site says about how long. */
const seal = z.strictObject({
  kind: z.literal('seal'),
  ...base,
  sha256: sha256.meta({ description: 'Of the snapshot.' }),
  from: dateText,
  to: dateText.meta({ description: 'The last day.' }),
  series: z.array(z.string()).optional().meta({ description: 'main.energy_import, …; all if not said.' }),
});

const quarterText = z.iso
  .datetime({ offset: true })
  .refine(
    (text) => Date.parse(text) % slotLength === 0,
    message(
      '应为整刻钟，例如 2025-03-01T08:15:00+08:00',
      'must be a whole quarter of an hour, such as 2025-03-01T08:15:00+08:00',
    ),
  );

/** What stands for the slots of a stretch of time, decided by somebody. The readings and their slots stay as they are. */
const correction = z.strictObject({
  kind: z.literal('correction'),
  ...base,
  meter: id,
  point: z.enum(pointIds),
  from: quarterText,
  /** One for each quarter of an hour: the amount of a counter, the mean of a gauge, in the point's unit; null: nobody knows. */
  values: z.array(z.number().nullable()).min(1).max(3_000),
  rule: z.enum(['linear', 'history', 'profile', 'hand']),
  /** What the rule was applied to. */
  basis: z.string().optional(),
  withdrawn: z.literal(true).optional(),
});

export const ledgerEntrySchema = z.discriminatedUnion('kind', [
  certificate,
  credit,
  measure,
  booking,
  attestation,
  production,
  importing,
  correction,
  seal,
]);
export const ledgerFileSchema = z.strictObject({ entries: z.array(ledgerEntrySchema) });

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type LedgerKind = LedgerEntry['kind'];
export type EntryOf<K extends LedgerKind> = Extract<LedgerEntry, { kind: K }>;

/** One line of the ledger: who wrote which entry when and why, chained to the line before it. */
export type Revision = {
  number: number;
  at: number;
  author: string;
  reason: string;
  entry: LedgerEntry;
  previous: string;
  hash: string;
};

export interface Ledger {
  /** Appends a revision unless the newest one of the same id says exactly the same. */
  append(entry: LedgerEntry, author: string, reason: string, at: number): Revision | undefined;
  /** The newest revision of every id, as known at a moment. */
  current(asOf?: number): Revision[];
  history(): Revision[];
  close(): void;
}
