// Owns composing a snapshot: gathered material in, the bytes of a bundle out; the same material gives the same bytes.

import { Calendar } from '../core/calendar.ts';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { seriesName } from '../core/sample.ts';
import { marksOf, qualityWord } from '../core/slots.ts';
import type { Text } from '../core/text.ts';
import { leavesOf, type Trace } from '../core/trace.ts';
import { accountFor } from '../scoring/emissions.ts';
import { seriesOf } from '../scoring/inputs.ts';
import { totalOfSeries } from '../scoring/packed-slots.ts';
import { leafKey } from '../scoring/response.ts';
import { type Score, scoreSite } from '../scoring/score.ts';
import {
  type Correction,
  type FactorRecord,
  formatVersion,
  plantSchema,
  type SeriesRecord,
  type Snapshot,
} from './form.ts';
import type { Material } from './gather.ts';
import type { PlantKey } from './key.ts';
import { reportsOf } from './report/pages.ts';
import { type Entry, packZip } from './zip.ts';

/** Where a snapshot stands among the plant's others. */
export type Place = Pick<Snapshot, 'number' | 'state' | 'previous'> & { correction: Correction | null };

export type Software = Snapshot['software'];

export function composeSnapshot(material: Material, place: Place, software: Software): Snapshot {
  const { inputs, packs, losses, ledger, evidence, files } = material;
  const { site, year } = inputs;
  const account = accountFor(inputs);
  const scores = packs.map((pack) => scoreSite(inputs, pack, account));
  return {
    format: 'tanbiao-snapshot',
    version: formatVersion,
    ...place,
    plant: plantSchema.strip().parse(site),
    period: periodRecord(year, site.timezone),
    scores,
    factors: factorsIn(scores),
    ledger: { ...ledger, used: entriesIn(scores) },
    evidence,
    series: seriesRecords(inputs),
    losses,
    software,
    notes: place.state === 'draft' ? [draftNote] : [],
    files: hashesOf(files),
  };
}

const draftNote: Text = {
  zh: '草稿：年度尚未结束或尚未封存，数字会变',
  en: 'draft: the year is not over or not sealed, the figures will change',
};

/** Every tree of figures that a score holds. */
export const rootsOf = ({ indicators, account, reported }: Score): Trace[] => [
  ...indicators.map(({ trace }) => trace),
  ...Object.values(account),
  ...reported,
];

const leavesIn = (scores: readonly Score[]): Trace[] =>
  scores.flatMap((score) => rootsOf(score).flatMap((root) => [...leavesOf(root)]));

export function periodRecord(year: number, timezone: string): Snapshot['period'] {
  const calendar = new Calendar(timezone);
  const period = calendar.year(year);
  return { year, ...period, from: calendar.format(period.start), to: calendar.format(period.end) };
}

/** The entries of the ledger that a figure stands on. */
export const entriesIn = (scores: readonly Score[]): string[] =>
  [...new Set(leavesIn(scores).flatMap(({ ledger }) => (ledger === undefined ? [] : [ledger.entry])))].sort();

export function factorsIn(scores: readonly Score[]): FactorRecord[] {
  const known = new Map<string, FactorRecord>();
  for (const leaf of leavesIn(scores)) {
    const { id, name, value, unit, factor } = leaf;
    if (factor !== undefined) known.set(leafKey(leaf), { id, name, value, unit, ...factor });
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, factor]) => factor);
}

export function seriesRecords({ site, slots, facts, period, year }: Material['inputs']): SeriesRecord[] {
  const calendar = new Calendar(site.timezone);
  const months = Array.from({ length: 12 }, (_, index) => calendar.month(year, index + 1));
  return seriesOf(site).map(({ meter, point }) => {
    const name = seriesName({ meter, point });
    const total = totalOfSeries(slots, name, point, period);
    return {
      meter,
      point,
      slots: total.slots,
      total: total.value,
      months: months.map((month) => totalOfSeries(slots, name, point, month).value),
      coverage: total.coverage,
      estimated: total.estimated,
      quality: qualityWord(total),
      marks: marksOf(total.marks),
      facts: facts.get(name) ?? null,
    };
  });
}

const hashesOf = (entries: readonly Entry[]): Record<string, string> =>
  Object.fromEntries(entries.map(({ name, bytes }) => [name, sha256(bytes)]));

export type Bundle = { bytes: Buffer; hash: string };

/** The signature covers its own time: of two bundles over the same data, those two fields alone differ. */
export async function sealBundle(
  snapshot: Snapshot,
  files: readonly Entry[],
  key: PlantKey,
  at: number,
): Promise<Bundle> {
  const main: Entry = { name: 'snapshot.json', bytes: Buffer.from(canonicalJson(snapshot)) };
  const hash = sha256(main.bytes);
  const reports = reportsOf(snapshot, hash, key.fingerprint);
  const said = {
    format: 'tanbiao-signature',
    version: formatVersion,
    algorithm: 'Ed25519',
    publicKey: key.publicKey,
    fingerprint: key.fingerprint,
    at: new Calendar(snapshot.plant.timezone).formatSecond(at),
    files: hashesOf([main, ...reports]),
  };
  const signature = canonicalJson({ ...said, signature: key.sign(canonicalJson(said)) });
  const first = { name: 'signature.json', bytes: Buffer.from(signature) };
  return { bytes: await packZip([first, main, ...reports, ...files]), hash };
}
