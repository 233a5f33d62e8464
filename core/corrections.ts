// Owns corrections laid over slots: what somebody decided stands for them, while readings and slots stay as they are.
import { type Calendar, contains, type Period, slotLength } from './calendar.ts';
import type { EntryOf, Ledger, Revision } from './ledger.ts';
import { points, toSteps } from './points.ts';
import { qualityCode } from './quality.ts';
import type { SeriesKey } from './sample.ts';
import { coarsen, emptySlot, marks, type Slot, slotPeriod } from './slots.ts';
import type { Store } from './store.ts';
import type { Text } from './text.ts';

export type Correction = { entry: EntryOf<'correction'>; period: Period; revision: Revision };

/** Those that hold, in the order in which they were written: of two for one slot the later one stands. */
export function correctionsIn(revisions: readonly Revision[]): Correction[] {
  return revisions
    .flatMap((revision): Correction[] => {
      const { entry } = revision;
      if (entry.kind !== 'correction' || entry.withdrawn === true) return [];
      const start = Date.parse(entry.from);
      return [{ entry, period: { start, end: start + entry.values.length * slotLength }, revision }];
    })
    .sort((a, b) => a.revision.number - b.revision.number);
}

export const correctionsOf = (
  { meter, point }: SeriesKey,
  { start, end }: Period,
  all: readonly Correction[],
): Correction[] =>
  all.filter(
    ({ entry, period }) => entry.meter === meter && entry.point === point && period.start < end && period.end > start,
  );

/** Quarters of an hour with the corrections in them. */
export function corrected(
  slots: readonly Slot[],
  key: SeriesKey,
  period: Period,
  corrections: readonly Correction[],
): readonly Slot[] {
  const own = correctionsOf(key, period, corrections);
  if (own.length === 0) return slots;
  const all = new Map(slots.map((slot) => [slot.start, slot]));
  for (const { entry, period: stretch } of own) {
    for (const [index, value] of entry.values.entries()) {
      const start = stretch.start + index * slotLength;
      if (contains(period, start)) all.set(start, substitute(all.get(start) ?? emptySlot(start), value, key));
    }
  }
  return [...all.values()].sort((a, b) => a.start - b.start);
}

/** It covers its slot, because somebody answers for it; all of it counts as estimated. */
function substitute({ start, marks: before }: Slot, value: number | null, { point }: SeriesKey): Slot {
  const slot = { ...emptySlot(start), marks: before | marks.corrected };
  if (value === null) return slot;
  const steps = toSteps(value, point);
  const known = { ...slot, value: steps, covered: slotLength };
  return points[point].kind === 'gauge'
    ? { ...known, min: steps, max: steps, quality: qualityCode('uncertain_estimated') }
    : { ...known, estimated: steps };
}

export const correctionNote = ({ number, author, reason, entry }: Revision): Text => ({
  zh: `含更正 ${entry.id}（台账第 ${number} 条，${author}：${reason}）`,
  en: `corrected by ${entry.id} (revision ${number} of the ledger, ${author}: ${reason})`,
});

/** The same store, with the corrections of the ledger in its slots. */
export function correctedStore(store: Store, ledger: Pick<Ledger, 'current'>, calendar: Calendar): Store {
  return {
    slots: correctedSlots(store, ledger, calendar),
    commit: (batches, refuse) => store.commit(batches, refuse),
    receipts: () => store.receipts(),
    losses: () => store.losses(),
    putFacts: (facts) => store.putFacts(facts),
    facts: () => store.facts(),
    latest: () => store.latest(),
    samples: (key, period, around) => store.samples(key, period, around),
    putSlots: (writes) => store.putSlots(writes),
    newestSlots: () => store.newestSlots(),
    close: () => store.close(),
  };
}

export function correctedSlots(
  store: Pick<Store, 'slots'>,
  ledger: Pick<Ledger, 'current'>,
  calendar: Calendar,
): Store['slots'] {
  return async (keys, resolution, period) => {
    const read = await store.slots(keys, resolution, period);
    const corrections = correctionsIn(ledger.current());
    if (corrections.length === 0) return read;
    return Promise.all(
      keys.map(async (key, index) => {
        const own = read[index] ?? [];
        if (resolution === 'quarter') return [...corrected(own, key, period, corrections)];
        const coarse = new Map(own.map((slot) => [slot.start, slot]));
        for (const { period: stretch } of correctionsOf(key, period, corrections)) {
          const start = slotPeriod(stretch.start, resolution, calendar).start;
          const end = slotPeriod(stretch.end - 1, resolution, calendar).end;
          const [quarters = []] = await store.slots([key], 'quarter', { start, end });
          const made = coarsen(corrected(quarters, key, { start, end }, corrections), resolution, key.point, calendar);
          for (const slot of made) if (contains(period, slot.start)) coarse.set(slot.start, slot);
        }
        return [...coarse.values()].sort((a, b) => a.start - b.start);
      }),
    );
  };
}
