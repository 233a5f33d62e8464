// Owns the slots of all series: follows the commits, makes slots again where readings came late, writes them to the store.
import { setImmediate } from 'node:timers/promises';
import { type Calendar, contains, day, minute, type Period } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { toSteps } from '../../core/points.ts';
import { type Batch, type SeriesFacts, type SeriesKey, seriesName } from '../../core/sample.ts';
import { emptySlot, type Resolution, resolutions, type Slot } from '../../core/slots.ts';
import type { Committed, SlotWrite, Store } from '../../core/store.ts';
import { changedFrom, endOfChange, forever, slotsFrom, startOfChange } from './change.ts';
import { LateNotes, type Stretch } from './late-notes.ts';
import { ReadAhead, type Source } from './read-ahead.ts';
import { hasSlots, SeriesSlots } from './series-slots.ts';

const mostUnwritten = 50_000;
/** Readings that come late come by the thousand: their slots are made again once for many of them. */
const repairEvery = 2_000;
/** A repair may take a fifth of the time, not more: so a backlog of any length costs what its length costs. */
const restAfterRepair = 4;

/** How many series are taken up together at start, and how far before their newest slots they are read. */
const takenUpAtOnce = 200;
const leadIn = 4 * day;

type Tracked = {
  readonly key: SeriesKey;
  readonly scale: number;
  slots: SeriesSlots;
  /** The newest reading that was stored or is about to be; the slots follow behind. */
  seen: number;
};

export class RollUp {
  readonly #store: Store;
  readonly #calendar: Calendar;
  readonly #log: Log;
  readonly #facts = new Map<string, SeriesFacts>();
  readonly #tracked = new Map<string, Tracked>();
  #tail: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #closed: SlotWrite[] = [];
  readonly #notes: LateNotes;
  /** Series of which a commit that is on its way holds late readings. */
  #foreseen: ReadonlySet<string> = new Set();
  /** Messages bring the same lists of series again and again: found without their names. */
  readonly #trackedOf = new WeakMap<readonly SeriesKey[], readonly (Tracked | undefined)[]>();

  constructor(store: Store, calendar: Calendar, log: Log, notes = new LateNotes()) {
    this.#notes = notes;
    this.#store = store;
    this.#calendar = calendar;
    this.#log = log;
  }

  /** Takes up every series where its slots end. */
  async start(): Promise<void> {
    for (const facts of await this.#store.facts()) this.#facts.set(seriesName(facts), facts);
    const ends = new Map((await this.#store.newestSlots()).map((newest) => [seriesName(newest), newest.start]));
    const keys = (await this.#store.latest()).filter(({ point }) => hasSlots(point));
    const endOf = ({ meter, point }: SeriesKey) => ends.get(seriesName({ meter, point })) ?? 0;
    // Beside each other in time, so that many of them are read at once, and one that ended long ago holds up no other.
    keys.sort((one, other) => endOf(one) - endOf(other));
    for (let first = 0; first < keys.length; first += takenUpAtOnce) {
      const some = keys.slice(first, first + takenUpAtOnce).map(({ meter, point }): SeriesKey => ({ meter, point }));
      const since = endOf(some[0] as SeriesKey) - leadIn;
      const source = since > 0 ? await ReadAhead.of(this.#store, some, since) : this.#store;
      for (const key of some) await this.#rebuildToNow(key, endOf(key), source);
      await this.#write(false);
    }
    await this.#repair();
    await this.#write(true);
  }

  /** Slots follow what is known about the device, also about the device that it was until now. */
  learn(facts: readonly SeriesFacts[]): void {
    const changed: Stretch[] = [];
    for (const fact of facts) {
      const known = this.#facts.get(seriesName(fact));
      this.#facts.set(seriesName(fact), fact);
      const tracked = this.#tracked.get(seriesName(fact));
      if (tracked === undefined) continue;
      const newest = tracked.slots.lastTime;
      if (newest === Number.NEGATIVE_INFINITY) {
        tracked.slots = new SeriesSlots(fact.point, fact, this.#calendar); // its first reading is on its way
        continue;
      }
      const from = changedFrom(known, fact, newest);
      if (from !== undefined) changed.push({ key: { meter: fact.meter, point: fact.point }, from, to: newest });
    }
    this.#notes.add(changed);
  }

  /** Something changed there, whoever stored it. Durable when it returns. */
  note(stretches: Iterable<Stretch>): void {
    this.#notes.add(stretches);
  }

  /** Before a commit: notes what comes late, so that a crash right after the commit forgets no slot. */
  foresee(batches: readonly Batch[]): void {
    const late = new Map<string, Stretch>();
    for (const { series, index, time } of batches) {
      const tracked = this.#trackAll(series);
      for (let row = 0; row < index.length; row++) {
        const one = tracked[index[row] as number];
        const at = time[row] as number;
        if (one === undefined) continue;
        if (at > one.seen) {
          one.seen = at;
          continue;
        }
        const { key } = one;
        const stretch = late.get(seriesName(key)) ?? { key, from: at, to: at };
        stretch.from = Math.min(stretch.from, at);
        stretch.to = Math.max(stretch.to, at);
        late.set(seriesName(key), stretch);
      }
    }
    this.#foreseen = new Set(late.keys());
    this.#notes.add(late.values());
  }

  /** Follows a commit; waits only when slots fall far behind the readings. */
  async follow(batches: readonly Batch[], late: Committed['late']): Promise<void> {
    this.#notes.add(late.map(({ meter, point, time }) => ({ key: { meter, point }, from: time, to: time })));
    this.#foreseen = new Set();
    this.#enqueue(async () => {
      await setImmediate(); // while the database is busy with the next commit
      this.#take(batches);
      if (this.#unwritten > mostUnwritten) await this.#write(false);
    });
    if (this.#unwritten > 10 * mostUnwritten) await this.#tail;
  }

  /** Writes what is known, the growing slots included; fails when the store does not take it. */
  flush(): Promise<void> {
    return this.hold(async () => {
      await this.#repair();
      await this.#write(true);
    });
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const pause = (milliseconds: number) =>
      clock.sleep(milliseconds, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    const repairs = async () => {
      for (let rest = repairEvery; !signal.aborted; ) {
        await pause(rest);
        const began = clock.monotonic();
        this.#enqueue(() => this.#repair());
        await this.#tail;
        rest = Math.max(repairEvery, restAfterRepair * (clock.monotonic() - began));
      }
    };
    const writes = async () => {
      while (!signal.aborted) {
        await pause(minute);
        this.#enqueue(() => this.#write(true));
        await this.#tail;
      }
    };
    await Promise.all([repairs(), writes()]);
  }

  /** Runs while no slot is written and no note is taken back: for who must see both as they belong together. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const held = this.#tail.then(work);
    this.#tail = held.then(
      () => undefined,
      () => undefined, // the caller has the failure; the queue only goes on
    );
    return held;
  }

  #enqueue(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work).catch((error) => {
      // Nothing is lost: readings are in the store, and the next start makes the slots from them.
      this.#log.error({ event: 'slots_failed', reason: messageOf(error) }, 'slots could not be written');
    });
  }

  #take(batches: readonly Batch[]): void {
    for (const { series, index, time, value, quality } of batches) {
      const tracked = this.#trackAll(series);
      for (let row = 0; row < index.length; row++) {
        const one = tracked[index[row] as number];
        if (one === undefined) continue;
        const reading = value[row] as number | null;
        const steps = reading === null ? null : Math.round(reading * one.scale);
        one.slots.push(time[row] as number, steps, quality[row] as number);
      }
      for (const one of tracked) if (one?.slots.hasClosed) this.#collect(one);
    }
  }

  #trackAll(series: readonly SeriesKey[]): readonly (Tracked | undefined)[] {
    const known = this.#trackedOf.get(series);
    if (known?.length === series.length) return known;
    const tracked = series.map((key) => (hasSlots(key.point) ? this.#track(key) : undefined));
    this.#trackedOf.set(series, tracked);
    return tracked;
  }

  #track(key: SeriesKey): Tracked {
    const name = seriesName(key);
    let tracked = this.#tracked.get(name);
    if (tracked === undefined) {
      const slots = new SeriesSlots(key.point, this.#facts.get(name), this.#calendar);
      tracked = { key, scale: toSteps(1, key.point), slots, seen: slots.lastTime };
      this.#tracked.set(name, tracked);
    }
    return tracked;
  }

  #collect({ key, slots }: Tracked): void {
    const closed = slots.takeClosed();
    for (const resolution of resolutions) {
      if (closed[resolution].length === 0) continue;
      this.#closed.push({ key, resolution, slots: closed[resolution] });
      this.#unwritten += closed[resolution].length;
    }
  }

  /** Makes the slots again where something came late or was learnt. */
  async #repair(): Promise<void> {
    if (this.#notes.size === 0) return;
    const stretches = this.#notes.take();
    try {
      await this.#write(false); // before, so that nothing older is written over what is made here
      for (const stretch of stretches) {
        if (hasSlots(stretch.key.point)) await this.#remake(stretch);
      }
      await this.#write(false);
      // What a commit is just about to make late stays noted on disk until the commit is followed.
      this.#notes.done(stretches.filter(({ key }) => !this.#foreseen.has(seriesName(key))));
    } catch (error) {
      this.#notes.giveBack();
      throw error;
    }
  }

  /** Only as far as something can have changed: the rest of a long history is not read. */
  async #remake({ key, from, to }: Stretch): Promise<void> {
    const newest = this.#tracked.get(seriesName(key))?.slots.lastTime ?? Number.NEGATIVE_INFINITY;
    const end = await endOfChange(this.#store, key, to, this.#calendar);
    if (end + day < newest) {
      const period = { start: await startOfChange(this.#store, key, from, this.#calendar), end };
      // A day of lead-out, as of lead-in: by then everything is read as it was read before.
      const slots = await this.#slotsFrom(key, { start: period.start, end: end + day });
      if (slots.settled) {
        this.#closed.push(...(await this.#writesOf(key, slots, period, this.#store)));
        return;
      }
    }
    await this.#rebuildToNow(key, from);
  }

  async #writesOf(key: SeriesKey, slots: SeriesSlots, period: Period, source: Source): Promise<SlotWrite[]> {
    const [closed, open] = [slots.takeClosed(), slots.takeOpen()];
    return Promise.all(
      resolutions.map(async (resolution) => {
        const made = [...closed[resolution], ...open[resolution]].filter(({ start }) => contains(period, start));
        return { key, resolution, slots: await withEmptied(source, key, resolution, period, made) };
      }),
    );
  }

  #slotsFrom(key: SeriesKey, period: Period, source: Source = this.#store): Promise<SeriesSlots> {
    return slotsFrom(source, key, this.#facts.get(seriesName(key)), period, this.#calendar);
  }

  /** Makes the slots of a series again up to its newest reading, and goes on from there. */
  async #rebuildToNow(key: SeriesKey, from: number, source: Source = this.#store): Promise<void> {
    // What is stored may be far ahead of what was followed: all of it is read here, and passed over when its turn comes.
    const followed = this.#tracked.get(seriesName(key))?.slots.lastTime ?? from;
    const start = await startOfChange(source, key, Math.max(0, Math.min(from, followed)), this.#calendar);
    const slots = await this.#slotsFrom(key, { start, end: forever }, source);
    const name = seriesName(key);
    for (const write of this.#closed) {
      if (seriesName(write.key) === name) write.slots = write.slots.filter((slot) => slot.start < start);
    }
    this.#closed.push(...(await this.#writesOf(key, slots, { start, end: forever }, source)));
    this.#unwritten++;
    const tracked = this.#track(key);
    tracked.slots = slots;
    tracked.seen = Math.max(tracked.seen, slots.lastTime);
  }

  async #write(withOpen: boolean): Promise<void> {
    const closed = this.#closed;
    this.#closed = [];
    this.#unwritten = 0;
    try {
      if (closed.length > 0) await this.#store.putSlots(closed);
    } catch (error) {
      this.#closed = [...closed, ...this.#closed];
      throw error;
    }
    if (withOpen) await this.#store.putSlots([...this.#tracked.values()].flatMap(openWrites));
  }
}

function openWrites({ key, slots }: Tracked): SlotWrite[] {
  const open = slots.takeOpen();
  return resolutions.flatMap((resolution) =>
    open[resolution].length === 0 ? [] : [{ key, resolution, slots: open[resolution] }],
  );
}

/** What came late may show that nothing is known where something was: such a slot is written over as empty. */
async function withEmptied(
  source: Source,
  key: SeriesKey,
  resolution: Resolution,
  period: Period,
  made: Slot[],
): Promise<Slot[]> {
  const starts = new Set(made.map(({ start }) => start));
  const [stored = []] = await source.slots([key], resolution, period);
  return [...made, ...stored.filter(({ start }) => !starts.has(start)).map(({ start }) => emptySlot(start))];
}
