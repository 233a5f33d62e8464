// Owns the gateway's time: it never runs backwards, says when it is in doubt, and knows when it was never set.
import { day, minute } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';

/** No reading of this software is older: a clock before it was never set. */
const earliest = Date.UTC(2025, 0, 1);
/** What time servers correct in small steps is no step. */
const tolerance = 1_000;
/** How much of the passing time is taken back while the wall clock is behind: ten minutes' error is gone in eleven. */
const slew = 0.9;
const doubtAfterStep = 15 * minute;

export type Unset = { from: number; to: number; shift: number };

export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #notBefore: number;
  /** Set while the clock was never set: the time that it showed at the start. */
  #unsetSince: number | undefined;
  #time: number;
  #at: number;
  #doubtUntil = Number.NEGATIVE_INFINITY;
  /** Called once, when a clock that was never set is set: times told before lie in `from..to` and are wrong by `shift`. */
  onSet: (unset: Unset) => void = () => undefined;

  /** `newest` is the time of the newest reading that was ever taken here: time does not start before it. */
  constructor(clock: Clock, newest: number) {
    this.#clock = clock;
    this.#at = clock.monotonic();
    this.#notBefore = Math.max(earliest, newest - day);
    const wall = clock.now();
    const isSet = wall >= this.#notBefore;
    this.#unsetSince = isSet ? undefined : wall;
    this.#time = isSet ? Math.max(wall, newest) : wall;
  }

  get isSet(): boolean {
    this.now();
    return this.#unsetSince === undefined;
  }

  /** After a step forwards, and as long as a step backwards is being made up for. */
  get isDoubtful(): boolean {
    this.now();
    return this.#clock.monotonic() < this.#doubtUntil;
  }

  now(): number {
    const [wall, at] = [this.#clock.now(), this.#clock.monotonic()];
    const elapsed = at - this.#at;
    this.#at = at;
    const expected = this.#time + elapsed;
    if (this.#unsetSince !== undefined) {
      this.#time = expected;
      if (wall >= this.#notBefore) this.#set(this.#unsetSince, wall, at);
      return Math.round(this.#time);
    }
    const ahead = expected - wall;
    if (Math.abs(ahead) > tolerance) this.#doubtUntil = at + (ahead > 0 ? ahead / slew : doubtAfterStep);
    this.#time = ahead > 0 ? expected - Math.min(ahead, elapsed * slew) : wall;
    return Math.round(this.#time);
  }

  #set(from: number, wall: number, at: number): void {
    const to = this.#time;
    this.#unsetSince = undefined;
    this.#time = wall;
    this.#doubtUntil = at;
    this.onSet({ from, to: Math.ceil(to), shift: Math.round(wall - to) });
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(milliseconds, signal);
  }

  after(milliseconds: number, run: () => void): () => void {
    return this.#clock.after(milliseconds, run);
  }
}
