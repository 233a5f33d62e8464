// Owns the form of a snapshot and of its signature: what a sealed year says, and which bytes it stands on.
import { z } from 'zod';
import { siteFields } from '../core/config/site-schema.ts';
import type { SeriesFacts, SeriesKey } from '../core/sample.ts';
import type { Mark, qualityWord } from '../core/slots.ts';
import type { LossRecord } from '../core/store.ts';
import type { Text } from '../core/text.ts';
import type { FactorLeaf } from '../core/trace.ts';
import type { Score } from '../scoring/score.ts';

/** Goes up when a reader of the version before could misread it. */
export const formatVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.strictObject({ zh: z.string(), en: z.string() });

export const plantSchema = siteFields.pick({
  site: true,
  name: true,
  timezone: true,
  meters: true,
  virtual: true,
  packs: true,
  factors: true,
  coverageLimit: true,
});

/** One series of the account: how much of the year its readings cover, and which devices stood there. */
export type SeriesRecord = SeriesKey & {
  slots: number;
  /** In the point's unit; null where there are no readings. */
  total: number | null;
  months: (number | null)[];
  coverage: number;
  estimated: number;
  quality: ReturnType<typeof qualityWord>;
  marks: Mark[];
  facts: SeriesFacts | null;
};

export type FactorRecord = FactorLeaf & { id: string; name: Text; value: number | null; unit: string };

export type EvidenceRecord = {
  /** The document that the ledger names. */
  document: string;
  title: string;
  sha256: string;
  /** Its place in the bundle; null when the plant's folder has no file of that content. */
  file: string | null;
};

const scored = z.looseObject({ pack: z.string(), indicators: z.array(z.looseObject({ id: z.string() })) });

export const snapshotSchema = z.strictObject({
  format: z.literal('tanbiao-snapshot'),
  version: z.literal(formatVersion),
  state: z.enum(['sealed', 'draft']),
  /** Counts the sealed snapshots of a plant; zero for a draft, which stands outside of the chain. */
  number: z.int().nonnegative(),
  /** The SHA-256 of the snapshot before it. */
  previous: hash.nullable(),
  /** Why a year that was sealed is sealed again. */
  correction: z
    .strictObject({ of: hash, cause: z.string().min(1), by: z.string().min(1), day: z.iso.date() })
    .nullable(),
  plant: plantSchema,
  period: z.strictObject({ year: z.int(), start: z.int(), end: z.int(), from: z.string(), to: z.string() }),
  /** Each with its pack's interpretations and what the plant supplied, and every figure's trace. */
  scores: z.array(scored).transform((scores) => scores as unknown as Score[]),
  factors: z.array(z.custom<FactorRecord>()),
  ledger: z.strictObject({ revisions: z.int(), head: hash.nullable(), used: z.array(z.string()) }),
  evidence: z.array(z.custom<EvidenceRecord>()),
  series: z.array(z.custom<SeriesRecord>()),
  losses: z.array(z.custom<LossRecord>()),
  software: z.strictObject({ name: z.string(), version: z.string() }),
  notes: z.array(text),
  /** SHA-256 of every file that the figures are computed from. */
  files: z.record(z.string(), hash),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type Correction = NonNullable<Snapshot['correction']>;

export const signatureSchema = z.strictObject({
  format: z.literal('tanbiao-signature'),
  version: z.literal(formatVersion),
  algorithm: z.literal('Ed25519'),
  publicKey: z.string(),
  fingerprint: hash,
  /** When it was signed, by the plant's clock. */
  at: z.string(),
  /** The snapshot and the reports made from it. */
  files: z.record(z.string(), hash),
  /** Over the canonical JSON of everything above. */
  signature: z.string(),
});

export type Signature = z.infer<typeof signatureSchema>;
