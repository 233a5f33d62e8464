// The golden plant's year as material of a snapshot, for tests that change one thing of it.

import { canonicalHash } from '../core/canonical.ts';
import type { Site } from '../core/config/site.ts';
import type { LedgerEntry, Revision } from '../core/ledger.ts';
import type { Slot } from '../core/slots.ts';
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
};

export function material(change: Change = {}): Promise<Material> {
  const from = inputs(change);
  const revisions = chained(from.ledger.map(({ entry }) => entry));
  return gatherMaterial(
    { ...site, ...change.site },
    2025,
    {
      slots: async (keys) => keys.map(({ meter, point }) => [...(from.slots.get(`${meter}.${point}`) ?? [])]),
      facts: async () => [],
      losses: async () => [],
    },
    { current: () => revisions, history: () => revisions },
  );
}

export async function bundle(key: PlantKey, change: Change = {}, place: Place = first, at = newYear) {
  const gathered = await material(change);
  return sealBundle(composeSnapshot(gathered, place, software), gathered.files, key, at);
}
