// The golden plant's year as material of a snapshot, for tests that change one thing of it.

import type { Period } from '../core/calendar.ts';
import { canonicalHash } from '../core/canonical.ts';
import type { Site } from '../core/config/site.ts';
import type { Ledger, LedgerEntry, Revision } from '../core/ledger.ts';
import { type SeriesKey, seriesName } from '../core/sample.ts';
import type { Slot } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import { inputs, site } from '../scoring/golden.fixture.ts';
import { composeSnapshot, type Place, sealBundle } from './compose.ts';
import { gatherMaterial, type Material } from './gather.ts';
import type { PlantKey } from './key.ts';

export const software = { name: 'tanbiao', version: '0.0.0' };
export const first: Place = { number: 1, state: 'sealed', previous: null, correction: null };
export const newYear = Date.UTC(2026, 0, 16);

/** A ledger that is chained as the one on disk is. */
function chained(entries: readonly LedgerEntry[]): Revision[] {
  let previous = '0'.repeat(64);
  return entries.map((entry, index) => {
    const body = { number: index + 1, at: 0, author: 'test', reason: 'test', entry, previous };
    previous = canonicalHash(body);
    return { ...body, hash: previous };
  });
}

export type Change = {
  ledger?: (entries: LedgerEntry[]) => LedgerEntry[];
  slots?: Record<string, Slot[]>;
  site?: Partial<Site>;
  /** Where uploaded evidence is. */
  dataFolder?: string;
};

export function storeOf(change: Change): Pick<Store, 'slots' | 'facts' | 'losses'> {
  const { slots } = inputs(change);
  const within = (key: SeriesKey, { start, end }: Period) =>
    (slots.get(seriesName(key)) ?? []).filter((slot) => slot.start >= start && slot.start < end);
  return {
    slots: async (keys, _resolution, period) => keys.map((key) => within(key, period)),
    facts: async () => [],
    losses: async () => [],
  };
}

export function ledgerOf(change: Change): Pick<Ledger, 'current' | 'history' | 'append'> {
  let revisions = chained(inputs(change).ledger.map(({ entry }) => entry));
  return {
    current: () => revisions,
    history: () => revisions,
    append: (one) => {
      revisions = chained([...revisions.map(({ entry }) => entry), one]);
      return revisions.at(-1);
    },
  };
}

const material = (change: Change): Promise<Material> =>
  gatherMaterial({ ...site, ...change.site }, 2025, storeOf(change), ledgerOf(change), change.dataFolder ?? '');

export async function bundle(key: PlantKey, change: Change = {}, place: Place = first, at = newYear) {
  const gathered = await material(change);
  return sealBundle(composeSnapshot(gathered, place, software), gathered.files, key, at);
}
