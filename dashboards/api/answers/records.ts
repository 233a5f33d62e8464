// Owns the shapes of what the screens of entries ask for: the ledger, the documents behind it, factors and the configuration.
import type { Site } from '../../../core/config/site.ts';
import type { VirtualMeter } from '../../../core/config/site-schema.ts';
import type { EntryOf, FactorKind, LedgerEntry, Revision } from '../../../core/ledger.ts';
import type { LedgerFinding } from '../../../core/ledger-check.ts';
import type { Installation } from '../../../core/sample.ts';
import type { Text } from '../../../core/text.ts';
import type { Confidence } from '../../../core/trace.ts';
import type { Supplied } from '../../../scoring/pack.ts';
import type { Verdict } from '../../../scoring/score.ts';

export type EntryProblem = { path: string; text: Text };

type BeforeAfter<T> = { before: T; after: T };

/** What an entry changes of a standard in a year. */
export type Effect = {
  pack: string;
  packName: Text;
  year: number;
  /** Closed or sealed: the snapshot stays as it is; this is what would be computed now. */
  sealed: boolean;
  verdict: BeforeAfter<Verdict>;
  level: BeforeAfter<Text | null>;
  total: BeforeAfter<number | null> | null;
  emissions: BeforeAfter<number | null>;
  indicators: ({ id: string; name: Text; unit: string } & BeforeAfter<{
    value: number | null;
    met: boolean | null;
    score: number | null;
  }>)[];
  prerequisites: ({ id: string; clause: string; name: Text } & BeforeAfter<boolean | null>)[];
};

export type EntryCheck = { problems: EntryProblem[]; effects: Effect[]; years: number[] };

/** Of a certificate: how many are held, retired, and left. */
export type Holding = { held: number; retired: number; left: number };

export type LedgerRow = {
  number: number;
  at: number;
  author: string;
  reason: string;
  hash: string;
  entry: LedgerEntry;
  years: number[];
  revisions: number;
  holding: Holding | null;
};

export type LedgerList = {
  /** Whether who asks may enter something, and factors too. */
  may: { enter: boolean; manage: boolean };
  chain: { whole: boolean; revisions: number; head: string | null };
  findings: LedgerFinding[];
  kinds: { kind: string; count: number; entered: boolean }[];
  years: number[];
  /** What the standards call facts, products, topics, and the clauses that are attested: `area`, `tcace 4.1`. */
  names: Record<string, Text>;
  rows: LedgerRow[];
};

/** The newest first; `by`: entries that name this one. */
export type EntryHistory = { revisions: (Revision & { withdrawn: boolean })[]; by: string[] };

export type ImportRow = { kind: string; id: string; state: 'new' | 'changed' | 'same' };
export type ImportAnswer = {
  rows: ImportRow[];
  problems: (EntryProblem & { line: number; column: number })[];
  written: number;
};

export type DocumentRow = {
  entry: EntryOf<'document'>;
  number: number;
  at: number;
  author: string;
  /** Null: the file is not here, or its content is not what was entered. */
  bytes: number | null;
  /** How the page shows it; others are only saved. */
  shown: 'pdf' | 'image' | null;
  life: 'open' | 'valid' | 'expiring' | 'expired';
  /** Entries that name it as their evidence. */
  by: string[];
};

export type Requirement = {
  pack: string;
  packName: Text;
  clause: string;
  name: Text;
  phrase: string;
  sort: 'prerequisite' | 'indicator';
  attested: { id: string; met: boolean; by: string } | null;
  /** What the attestation names as its evidence, be it kept here or only a number. */
  named: string | null;
  documents: string[];
  state: 'proved' | 'unattested' | 'unproved' | 'missing' | 'expiring' | 'expired' | 'denied';
};

export type EvidenceList = {
  year: number;
  may: boolean;
  documents: DocumentRow[];
  requirements: Requirement[];
};

export type FactorRowAnswer = {
  file: string;
  kind: FactorKind;
  name: Text;
  region: string;
  carrier: string | null;
  dataYear: number | null;
  from: number | null;
  to: number | null;
  value: number | null;
  unit: string;
  /** Of a fuel. */
  parts: { ncv: string; carbon: string; oxidation: number } | null;
  publisher: string;
  notice: string;
  published: string | null;
  source: string;
  confidence: Confidence;
  owner: 'product' | 'site' | 'ledger';
  entry: { id: string; number: number; author: string; at: number; supersedes: string | null } | null;
};

/** A factor that a year's figures were computed with, as their traces name it. */
export type UsedFactor = {
  factor: string;
  region: string;
  dataYear: number | null;
  value: number | null;
  unit: string;
  notice: string;
  publisher: string;
  confidence: Confidence;
  fit: Text;
  /** The standards whose figures it is in. */
  packs: string[];
};

export type FactorList = { may: boolean; sealed: number[]; rows: FactorRowAnswer[] };

export type MeterNode = {
  id: string;
  name: Text;
  role: string;
  carrier: string;
  parent: string | null;
  connection: string;
  template: string | null;
  address: string | null;
  ratios: { ct: number; vt: number } | null;
  accuracyClass: number | null;
  installations: Installation[];
};

export type ConfigurationAnswer = {
  file: string;
  site: string;
  name: Text;
  timezone: string;
  store: string;
  broker: string;
  coverageLimit: number;
  graceDays: number;
  factors: Site['factors'];
  gateways: { id: string; connections: { id: string; protocol: string; endpoint: string; meters: number }[] }[];
  meters: MeterNode[];
  virtual: Pick<VirtualMeter, 'id' | 'name' | 'role' | 'carrier' | 'point' | 'terms' | 'formula'>[];
  packs: { id: string; name: Text; status: Text; file: string; overlay: string | null; supplied: Supplied[] }[];
};
