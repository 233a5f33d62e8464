// Owns periods and calendars: half-open intervals of UTC milliseconds, cut where the plant's own clock cuts them.
import { Fault } from './fault.ts';

/** From `start` up to, not including, `end`. */
export type Period = { readonly start: number; readonly end: number };

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const slotLength = 15 * minute;

export const contains = (period: Period, time: number): boolean => time >= period.start && time < period.end;
export const lengthOf = (period: Period): number => period.end - period.start;

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false; // Intl throws RangeError for a zone it does not know; there is no other way to ask.
  }
}

type LocalParts = { year: number; month: number; day: number; hour: number; minute: number };

/** A plant's wall clock. Offsets are found once a year of use: Intl alone would cost 5 µs a call. */
export class Calendar {
  readonly zone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #transitions = new Map<number, { from: number; offset: number }[]>();

  constructor(zone: string) {
    if (!isTimeZone(zone)) {
      throw new Fault('zone_unknown', {
        zh: `未知时区 “${zone}”；请用 IANA 名称，如 Asia/Shanghai`,
        en: `unknown time zone "${zone}"; use an IANA name such as Asia/Shanghai`,
      });
    }
    this.zone = zone;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Milliseconds that the wall clock is ahead of UTC. */
  offsetAt(time: number): number {
    const year = new Date(time).getUTCFullYear();
    let changes = this.#transitions.get(year);
    if (changes === undefined) {
      changes = this.#findTransitions(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
      this.#transitions.set(year, changes);
    }
    let offset = 0;
    for (const change of changes) {
      if (change.from > time) break;
      offset = change.offset;
    }
    return offset;
  }

  #measureOffset(time: number): number {
    const fields: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(time)) fields[type] = Number(value);
    const { year = 0, month = 1, day: date = 1, hour: h = 0, minute: m = 0, second: s = 0 } = fields;
    return Date.UTC(year, month - 1, date, h, m, s) - Math.floor(time / 1000) * 1000;
  }

  /** Weekly steps find every change, also Morocco's pause of a month; then bisection to the minute. */
  #findTransitions(start: number, end: number): { from: number; offset: number }[] {
    let offset = this.#measureOffset(start);
    const found = [{ from: start, offset }];
    for (let time = start; time < end; time += 7 * day) {
      let late = Math.min(time + 7 * day, end - minute);
      const next = this.#measureOffset(late);
      if (next === offset) continue;
      let early = time;
      while (late - early > minute) {
        const middle = early + Math.floor((late - early) / 2 / minute) * minute;
        if (this.#measureOffset(middle) === offset) early = middle;
        else late = middle;
      }
      found.push({ from: late, offset: next });
      offset = next;
    }
    return found;
  }

  local(time: number): LocalParts {
    const date = new Date(time + this.offsetAt(time));
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
    };
  }

  /** The first instant of a local date; where a change of clocks skips midnight, the first instant that exists. */
  startOf(year: number, month = 1, date = 1): number {
    const wall = Date.UTC(year, month - 1, date);
    const before = wall - this.offsetAt(wall - day);
    const after = wall - this.offsetAt(wall + day);
    for (const candidate of [Math.min(before, after), Math.max(before, after)]) {
      if (candidate + this.offsetAt(candidate) === wall) return candidate;
    }
    return Math.max(before, after);
  }

  /** The instants at which the wall clock shows this: none where clocks are put forward, two where they are put back. */
  instantsOf(wall: number): number[] {
    const offsets = new Set([this.offsetAt(wall - day), this.offsetAt(wall + day)]);
    return [...offsets]
      .map((offset) => wall - offset)
      .filter((instant) => instant + this.offsetAt(instant) === wall)
      .sort((one, other) => one - other);
  }

  hourOf(time: number): Period {
    const offset = this.offsetAt(time);
    const start = Math.floor((time + offset) / hour) * hour - offset;
    return { start, end: start + hour };
  }

  dayOf(time: number): Period {
    const { year, month, day: date } = this.local(time);
    return { start: this.startOf(year, month, date), end: this.startOf(year, month, date + 1) };
  }

  monthOf(time: number): Period {
    const { year, month } = this.local(time);
    return this.month(year, month);
  }

  month(year: number, month: number): Period {
    return { start: this.startOf(year, month), end: this.startOf(year, month + 1) };
  }

  year(year: number): Period {
    return { start: this.startOf(year), end: this.startOf(year + 1) };
  }

  yearOf(time: number): number {
    return this.local(time).year;
  }

  /** `2025-01-31T08:15+08:00`: readable, sortable, and unambiguous across changes of clocks. */
  format(time: number): string {
    return this.#write(time, 16);
  }

  /** The same to the second. */
  formatSecond(time: number): string {
    return this.#write(time, 19);
  }

  #write(time: number, length: number): string {
    const offset = this.offsetAt(time);
    const sign = offset < 0 ? '-' : '+';
    const minutes = Math.abs(offset) / minute;
    const zone = `${sign}${pad(Math.floor(minutes / 60))}:${pad(Math.round(minutes % 60))}`;
    return `${new Date(time + offset).toISOString().slice(0, length)}${zone}`;
  }

  formatDay(time: number): string {
    const { year, month, day: date } = this.local(time);
    return `${year}-${pad(month)}-${pad(date)}`;
  }
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Slots are cut in UTC: every zone in use is offset by whole quarters of an hour, so local hours and days are whole slots. */
export const slotStart = (time: number): number => Math.floor(time / slotLength) * slotLength;
