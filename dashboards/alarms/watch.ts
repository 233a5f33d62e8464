// Owns the life of alarms: they come, are taken note of, go, come back and are counted; what is on disk is what holds after a restart.
import { minute, type Period } from '../../core/calendar.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import { type AlarmBook, keyOf } from './alarm-book.ts';
import type { Alarm, AlarmList, AlarmState, AlarmTally, Shelf, ShownAlarm } from './answers.ts';
import { atRest, type Latch, turn } from './latch.ts';
import { gatewayOf, type Observation } from './observe.ts';
import type { Rule } from './rules.ts';

/** What comes back sooner than this is the same alarm, counted once more. */
export const sameWithin = 10 * minute;
/** How often the moment in which an open alarm was seen last goes to disk. */
const savedEvery = minute;
/** More marks than these hide the curve. */
const mostMarks = 200;

export type Told = (event: 'raised' | 'cleared', alarm: Alarm) => void;

export type WatchOptions = { site: Site; rules: readonly Rule[]; book: AlarmBook; now: number; tell: Told };

export class AlarmWatch {
  readonly #site: Site;
  #rules: ReadonlyMap<string, Rule>;
  readonly #book: AlarmBook;
  readonly #tell: Told;
  readonly #latches = new Map<string, Latch>();
  /** By key: open, or gone so shortly that it may come back. */
  readonly #alarms: Map<string, Alarm>;
  readonly #shelves: Map<string, Shelf>;
  readonly #since: number;
  #saved: number;
  #change = 0;

  constructor({ site, rules, book, now, tell }: WatchOptions) {
    this.#site = site;
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
    this.#book = book;
    this.#tell = tell;
    this.#alarms = new Map(book.unsettled().map((alarm) => [keyOf(alarm), alarm]));
    this.#shelves = book.shelves();
    this.#since = book.watchedSince(now);
    this.#saved = now;
    for (const [key, { cleared }] of this.#alarms) this.#latches.set(key, { open: cleared === null, turning: null });
  }

  /** From now on. What is open of a rule that is gone ends with the next round. */
  adopt(rules: readonly Rule[]): void {
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
  }

  /** One round: what every rule says of each of its objects. */
  take(observed: readonly { rule: Rule; observations: readonly Observation[] }[], now: number): void {
    const present = new Set<string>();
    for (const { rule, observations } of observed)
      for (const observation of observations) {
        const key = keyOf({ rule: rule.id, object: observation.object });
        present.add(key);
        this.#follow(key, rule, observation, now);
      }
    for (const [key, alarm] of this.#alarms) {
      // Its rule or its object is gone from the configuration: nobody would ever end it.
      if (alarm.cleared === null && !present.has(key)) this.#clear(key, alarm, now);
      else if (alarm.cleared !== null && now - alarm.cleared >= sameWithin) this.#settle(key, alarm);
    }
    for (const [key, { until }] of this.#shelves) if (until <= now) this.#takeFromShelf(key);
    this.#tellOpen(now);
    if (now - this.#saved < savedEvery) return;
    this.save();
    this.#saved = now;
  }

  #follow(key: string, rule: Rule, { object, condition, value, limit, unit }: Observation, now: number): void {
    const before = this.#latches.get(key) ?? atRest;
    const latch = turn(before, condition, now, rule);
    if (latch !== atRest) this.#latches.set(key, latch);
    const alarm = this.#alarms.get(key);
    if (latch.open && alarm?.cleared === null) {
      if (condition === 'on') this.#alarms.set(key, { ...alarm, last: Math.max(alarm.last, now) });
    } else if (latch.open && alarm !== undefined) {
      this.#put(key, { ...alarm, cleared: null, last: now, count: alarm.count + 1, value, limit });
    } else if (latch.open) {
      const { id, name, severity, owner = null } = rule;
      const seen = { first: now, last: now, count: 1, cleared: null, value, limit, unit };
      const begun = { acknowledged: null, told: false, settled: false };
      this.#alarms.set(key, this.#book.add({ rule: id, object, name, severity, owner, ...seen, ...begun }));
      this.#change++;
    } else if (before.open && alarm !== undefined) this.#clear(key, alarm, now);
  }

  #put(key: string, alarm: Alarm): void {
    this.#alarms.set(key, alarm);
    this.#book.put(alarm);
    this.#change++;
  }

  #clear(key: string, alarm: Alarm, now: number): void {
    this.#latches.set(key, atRest);
    this.#put(key, { ...alarm, cleared: now });
  }

  #settle(key: string, alarm: Alarm): void {
    this.#book.put({ ...alarm, settled: true });
    this.#alarms.delete(key);
    if (alarm.told) this.#tell('cleared', alarm);
  }

  /** What is shelved, or one of many of the same cause, is not sent; it is when that has ended and it has not. */
  #tellOpen(now: number): void {
    const untold = [...this.#alarms.values()].some(({ told, cleared }) => !told && cleared === null);
    if (!untold) return;
    for (const { told, id } of this.list(now).open) {
      const found = told ? undefined : [...this.#alarms].find(([, alarm]) => alarm.id === id);
      if (found === undefined) continue;
      const [key, alarm] = found;
      this.#put(key, { ...alarm, told: true });
      this.#tell('raised', alarm);
    }
  }

  /** When each was seen last. */
  save(): void {
    for (const alarm of this.#alarms.values()) if (alarm.cleared === null) this.#book.put(alarm);
  }

  forget(before: number): void {
    this.#book.forget(before);
  }

  list(now: number): AlarmList {
    const open = [...this.#alarms.values()]
      .filter(({ cleared }) => cleared === null)
      .map((one) => this.#shown(one, now));
    const tops = this.#grouped(open);
    return {
      now,
      since: this.#since,
      quietSince: open.length > 0 ? null : Math.max(this.#since, this.#book.lastCleared() ?? 0),
      open: tops.filter(({ state }) => state !== 'shelved').sort(bySeverity),
      shelved: tops.filter(({ state }) => state === 'shelved').sort(bySeverity),
    };
  }

  /** A dead gateway is one alarm, with its meters inside it. */
  #grouped(open: ShownAlarm[]): ShownAlarm[] {
    const gone = new Map(
      open.filter(({ rule }) => this.#rules.get(rule)?.kind === 'gateway').map((one) => [one.object.id, one]),
    );
    return open.filter((alarm) => {
      const kind = this.#rules.get(alarm.rule)?.kind;
      if (alarm.object.kind !== 'meter' || (kind !== 'silent' && kind !== 'stale' && kind !== 'quality')) return true;
      const parent = gone.get(gatewayOf(this.#site, alarm.object.id) ?? '');
      parent?.inside.push(alarm);
      return parent === undefined;
    });
  }

  #shown(alarm: Alarm, now: number): ShownAlarm {
    const shelf = this.#shelves.get(keyOf(alarm)) ?? null;
    return { ...alarm, state: stateOf(alarm, shelf, now), shelf, inside: [] };
  }

  tally(now: number): AlarmTally {
    const { open } = this.list(now);
    const fresh = open.filter(({ state }) => state === 'active');
    const critical = fresh.filter(({ severity }) => severity === 'critical').length;
    return { open: open.length, fresh: fresh.length, critical, change: this.#change };
  }

  /** Newest first, from before a number on. */
  history(before: number | undefined, count: number, now: number): ShownAlarm[] {
    return this.#book.past(before ?? Number.MAX_SAFE_INTEGER, count).map((one) => this.#shown(one, now));
  }

  ofMeter(meter: string, { start, end }: Period, now: number): ShownAlarm[] {
    return this.#book.ofMeter(meter, start, end, mostMarks).map((one) => this.#shown(one, now));
  }

  /** Also of an alarm that is over: somebody looked at it. */
  acknowledge(id: number, by: string, note: string, now: number): ShownAlarm {
    const alarm = { ...this.#find(id), acknowledged: { by, at: now, note } };
    if (this.#alarms.get(keyOf(alarm))?.id === id) this.#put(keyOf(alarm), alarm);
    else this.#book.put(alarm);
    return this.#shown(alarm, now);
  }

  shelve(id: number, shelf: Shelf): ShownAlarm {
    const alarm = this.#find(id);
    this.#book.shelve(keyOf(alarm), shelf);
    this.#shelves.set(keyOf(alarm), shelf);
    this.#change++;
    return this.#shown(alarm, shelf.at);
  }

  unshelve(id: number, now: number): ShownAlarm {
    const alarm = this.#find(id);
    this.#takeFromShelf(keyOf(alarm));
    return this.#shown(alarm, now);
  }

  #takeFromShelf(key: string): void {
    this.#book.unshelve(key);
    this.#shelves.delete(key);
    this.#change++;
  }

  #find(id: number): Alarm {
    const alarm = [...this.#alarms.values()].find((one) => one.id === id) ?? this.#book.byId(id);
    if (alarm === undefined) throw new Fault('alarm_unknown', { zh: `没有告警 ${id}`, en: `there is no alarm ${id}` });
    return alarm;
  }
}

export const stateOf = ({ cleared, acknowledged }: Alarm, shelf: Shelf | null, now: number): AlarmState =>
  cleared !== null
    ? 'cleared'
    : shelf !== null && shelf.until > now
      ? 'shelved'
      : acknowledged !== null
        ? 'acknowledged'
        : 'active';

const rank = { critical: 0, warning: 1, info: 2 } as const;
const bySeverity = (one: ShownAlarm, other: ShownAlarm): number =>
  rank[one.severity] - rank[other.severity] || other.first - one.first;
