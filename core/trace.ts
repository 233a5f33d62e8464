// Owns the trace: how a figure came about, as a tree whose leaves are meters, factors, and ledger entries.
import type { SeriesKey } from './sample.ts';
import type { Mark } from './slots.ts';
import type { Text } from './text.ts';

/** Whether a fact was compared with its primary text: see each factor's and clause's own mark. */
export type Confidence = 'SEED' | 'FOUND-P' | 'FOUND' | 'RECALLED' | 'DERIVED' | 'NOT_STATED' | 'USER';

export type MeterLeaf = SeriesKey & {
  /** What the slots came from. */
  source: string;
  start: number;
  end: number;
  slots: number;
  /** How many readings the slots were made of. */
  readings: number;
  /** SHA-256 of the slots (`scoring/account/slot-hash.ts`): another reading more or less gives another one. */
  hash: string;
  /** Energy of gaps, whose time within the gap is assumed. */
  estimated: number;
  /** The most that the meter may be wrong, in percent; null where the site does not say. */
  accuracyClass: number | null;
  marks: Mark[];
};

export type FactorLeaf = {
  factor: string;
  region: string;
  dataYear: number | null;
  publisher: string;
  notice: string;
  source: string;
  confidence: Confidence;
  /** How well the choice fits what it is used for. */
  fit: Text;
  /** Half the width of the range in which the value lies, in percent, where the source tells it. */
  spread?: number;
};

export type LedgerLeaf = { entry: string; revision: number; hash: string; evidence: string | null };

export type Trace = {
  id: string;
  name: Text;
  value: number | null;
  unit: string;
  /** Share of the time that readings cover, where readings are behind the figure. */
  coverage: number | null;
  /** The worst quality code among the readings. */
  quality: number;
  clause?: string;
  formula?: string;
  /** A formula over the parts that changes as this figure does, where its own is more than that. */
  slope?: string;
  /** The formula with its numbers in place of its names. */
  numbers?: string;
  meter?: MeterLeaf;
  factor?: FactorLeaf;
  ledger?: LedgerLeaf;
  notes: Text[];
  parts: Trace[];
};

/** A figure made of others is known only when they are, and only as well as the worst of them. */
export function joinParts(parts: readonly Trace[]): Pick<Trace, 'coverage' | 'quality'> {
  const covered = parts.flatMap(({ coverage }) => (coverage === null ? [] : [coverage]));
  return {
    coverage: covered.length === 0 ? null : Math.min(...covered),
    quality: Math.max(0, ...parts.map(({ quality }) => quality)),
  };
}

export function findTrace(root: Trace, id: string): Trace | undefined {
  if (root.id === id) return root;
  for (const part of root.parts) {
    const found = findTrace(part, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function* leavesOf(root: Trace): Generator<Trace> {
  if (root.parts.length === 0) yield root;
  for (const part of root.parts) yield* leavesOf(part);
}
