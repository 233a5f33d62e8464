// Owns the slots of all series: follows the commits, makes slots again where readings came late, writes them to the store.
import { type Calendar, day, minute } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { points, toSteps } from '../../core/points.ts';
import { type Batch, type SeriesFacts, type SeriesKey, seriesName } from '../../core/sample.ts';
import { resolutions } from '../../core/slots.ts';
import type { Committed, SlotWrite, Store } from '../../core/store.ts';
import { hasSlots, SeriesSlots } from './series-slots.ts';

const forever = Number.MAX_SAFE_INTEGER;
const mostUnwritten = 50_000;

type Tracked = { key: SeriesKey; slots: SeriesSlots };

export class RollUp {
  readonly #store: Store;
  readonly #calendar: Calendar;
  readonly #log: Log;
  readonly #facts = new Map<string, SeriesFacts>();
  readonly #tracked = new Map<string, Tracked>();
  #tail: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #closed: SlotWrite[] = [];

  constructor(store: Store, calendar: Calendar, log: Log) {
    this.#store = store;
    this.#calendar = calendar;
    this.#log = log;
  }

  /** Takes up every series where its slots end. */
  async start(): Promise<void> {
    for (const facts of await this.#store.facts()) this.#facts.set(seriesName(facts), facts);
    const ends = new Map((await this.#store.newestSlots()).map((newest) => [seriesName(newest), newest.start]));
    for (const { meter, point } of await this.#store.latest()) {
      if (!hasSlots(point)) continue;
      await this.#rebuild({ meter, point }, ends.get(seriesName({ meter, point })) ?? 0);
    }
    await this.#write(true);
  }

  learn(facts: readonly SeriesFacts[]): void {
    for (const fact of facts) this.#facts.set(seriesName(fact), fact);
  }

  /** Follows a commit; waits only when slots fall far behind the readings. */
  async follow(batches: readonly Batch[], late: Committed['late']): Promise<void> {
    this.#enqueue(async () => {
      this.#take(batches);
      const first = new Map<string, SeriesKey & { time: number }>();
      for (const one of late) {
        const known = first.get(seriesName(one));
        if (hasSlots(one.point) && (known === undefined || one.time < known.time)) first.set(seriesName(one), one);
      }
      for (const { meter, point, time } of first.values()) await this.#rebuild({ meter, point }, time);
      if (this.#unwritten > mostUnwritten || first.size > 0) await this.#write(false);
    });
    if (this.#unwritten > 10 * mostUnwritten) await this.#tail;
  }

  /** Writes what is known, the growing slots included. */
  flush(): Promise<void> {
    this.#enqueue(() => this.#write(true));
    return this.#tail;
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(minute, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      await this.flush();
    }
  }

  #enqueue(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work).catch((error) => {
      // Nothing is lost: readings are in the store, and the next start makes the slots from them.
      this.#log.error({ event: 'slots_failed', reason: messageOf(error) }, 'slots could not be written');
    });
  }

  #take(batches: readonly Batch[]): void {
    for (const { series, index, time, value, quality } of batches) {
      const tracked = series.map((key) => (hasSlots(key.point) ? this.#track(key) : undefined));
      for (let row = 0; row < index.length; row++) {
        const one = tracked[index[row] as number];
        if (one === undefined) continue;
        const reading = value[row] as number | null;
        one.slots.push(
          time[row] as number,
          reading === null ? null : toSteps(reading, one.key.point),
          quality[row] as number,
        );
      }
      for (const one of tracked) if (one !== undefined) this.#collect(one);
    }
  }

  #track(key: SeriesKey): Tracked {
    const name = seriesName(key);
    let tracked = this.#tracked.get(name);
    if (tracked === undefined) {
      tracked = { key, slots: new SeriesSlots(key.point, this.#facts.get(name), this.#calendar) };
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

  /** Makes the slots of a series again, from the readings in the store: from a day before which nothing can have changed. */
  async #rebuild(key: SeriesKey, from: number): Promise<void> {
    const around = points[key.point].kind === 'counter' ? 'counting' : 'any';
    const { time: before } = await this.#store.samples(key, { start: from, end: from }, around);
    const start = this.#calendar.dayOf(Math.min(before[0] ?? from, from)).start;
    // A day of lead-in: what a doubtful reading at midnight meant shows only with those before it.
    const { time, value, quality } = await this.#store.samples(key, { start: start - day, end: forever }, around);
    const name = seriesName(key);
    const slots = new SeriesSlots(key.point, this.#facts.get(name), this.#calendar);
    for (let row = 0; row < time.length; row++) {
      const reading = value[row] as number | null;
      slots.push(time[row] as number, reading === null ? null : toSteps(reading, key.point), quality[row] as number);
    }
    for (const write of this.#closed) {
      if (seriesName(write.key) === name) write.slots = write.slots.filter((slot) => slot.start < start);
    }
    const rebuilt = { key, slots };
    this.#tracked.set(name, rebuilt);
    this.#collect(rebuilt);
    for (const write of this.#closed) {
      if (write.key === key) write.slots = write.slots.filter((slot) => slot.start >= start);
    }
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
