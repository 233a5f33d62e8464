// Owns carrying a plant's readings from one store into another, through the port that both keep.
import { rmSync } from 'node:fs';
import { Calendar, day, type Period } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { retriedEpoch } from '../core/gaps.ts';
import { silentLog } from '../core/log.ts';
import { BatchBuilder, type SeriesKey, seriesName } from '../core/sample.ts';
import { resolutions } from '../core/slots.ts';
import type { Receipts, Store, Successor } from '../core/store.ts';
import { RollUp } from '../ingest/slots/roll-up.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';

type OnSeries = (done: number, all: number) => void;

/** So much of a series is in memory at once. */
const piece = 31 * day;
const everything: Period = { start: 0, end: Number.MAX_SAFE_INTEGER };
/** Nobody's: what is known of gateways is taken over as it was. */
const carrier = 'backup';

/**
 * Of a database that is written to meanwhile. Slots read at another moment than the readings would not be theirs: they are
 * made of the readings that were copied. Where those are gone, slots are all that is left, the one in which they end included.
 */
export async function copyAsEmbedded(
  site: Site,
  from: Store,
  known: readonly Receipts[],
  folder: string,
  onSeries?: OnSeries,
): Promise<void> {
  const store = await DuckdbStore.open(folder);
  try {
    await copyReadings(from, store, known, onSeries);
    await new RollUp(store, new Calendar(site.timezone), silentLog).start();
    await copySlots(from, store, async (key) => {
      const [first] = (await store.samples(key, { start: 0, end: 0 }, 'any')).time;
      return first === undefined ? everything.end : first + 1;
    });
    for (const month of await store.monthsToCompact(systemClock.now())) await store.compact(month);
  } finally {
    await store.close();
  }
}

/** An embedded store that nobody writes to goes into a database, and from its folder. */
export async function moveInto(to: Successor, site: string, folder: string): Promise<void> {
  await refuseUnlessEmpty(to, site);
  const from = await DuckdbStore.open(folder);
  try {
    await copyReadings(from, to, await from.receipts());
    await copySlots(from, to, async () => everything.end);
  } finally {
    await from.close();
  }
  rmSync(folder, { recursive: true });
}

/**
 * `known`: the receipts of a moment before. Every reading that they tell of is copied; of what was stored since, some may be.
 * What is told of losses is of the same batches.
 */
async function copyReadings(
  from: Store,
  to: Successor,
  known: readonly Receipts[],
  onSeries: OnSeries = () => undefined,
): Promise<void> {
  await to.putFacts(await from.facts());
  const pieces = piecesOf(known);
  let seq = 0;
  const all = await from.latest();
  for (const [index, { meter, point }] of all.entries()) {
    for (const period of pieces) {
      const { time, value, quality } = await from.samples({ meter, point }, period);
      if (time.length === 0) continue;
      const builder = new BatchBuilder();
      for (const [row, at] of time.entries())
        builder.add({ meter, point, time: at, value: value[row] ?? null, quality: quality[row] as number });
      await to.commit([builder.build(carrier, retriedEpoch, ++seq)]);
    }
    onSeries(index + 1, all.length);
  }
  const isKnown = ({ gateway, epoch, seq }: { gateway: string; epoch: number; seq: number }) =>
    known.some(
      (one) =>
        one.gateway === gateway &&
        one.epoch === epoch &&
        one.ranges.some(({ first, last }) => seq >= first && seq <= last),
    );
  await to.takeOver(known, (await from.losses()).filter(isKnown));
}

async function copySlots(from: Store, to: Store, endOf: (key: SeriesKey) => Promise<number>): Promise<void> {
  const keys = new Map<string, SeriesKey>();
  for (const { meter, point } of [...(await from.latest()), ...(await from.newestSlots())])
    keys.set(seriesName({ meter, point }), { meter, point });
  for (const key of keys.values()) {
    const end = await endOf(key);
    for (const resolution of resolutions) {
      const [slots = []] = await from.slots([key], resolution, { start: 0, end });
      if (slots.length > 0) await to.putSlots([{ key, resolution, slots }]);
    }
  }
}

async function refuseUnlessEmpty(store: Store, site: string): Promise<void> {
  if ((await store.receipts()).length === 0 && (await store.latest()).length === 0) return;
  throw new Fault(
    'store_not_empty',
    {
      zh: `存储中已有 ${site} 的数据：恢复不覆盖数据，请使用空的数据库`,
      en: `the store holds data of ${site} already: restoring writes over nothing; name an empty database`,
    },
    { exitCode: exitCodes.configuration },
  );
}

/** Receipts tell from when to when; a reading outside of that is not missed either. */
function piecesOf(known: readonly Receipts[]): Period[] {
  const ranges = known.flatMap((one) => one.ranges);
  const oldest = Math.min(...ranges.flatMap((range) => range.oldest ?? []));
  const newest = Math.max(...ranges.flatMap((range) => range.newest ?? []));
  const starts = [everything.start];
  for (let start = oldest; start <= newest; start += piece) if (start > 0) starts.push(start);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? everything.end }));
}
