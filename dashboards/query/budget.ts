// Owns how much one question may cost: readings, rows, time. Beyond it, it is refused with what to ask instead.
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';

export type Limits = { rows: number; readings: number; milliseconds: number };
export const limits: Limits = { rows: 100_000, readings: 20_000_000, milliseconds: 30_000 };

export class Budget {
  readonly #limits: Limits;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #signal: AbortSignal;
  readonly #began: number;
  #readings = 0;
  #rows = 0;

  constructor(most: Limits, clock: Pick<Clock, 'monotonic'>, signal: AbortSignal) {
    this.#limits = most;
    this.#clock = clock;
    this.#signal = signal;
    this.#began = clock.monotonic();
  }

  get rows(): number {
    return this.#limits.rows;
  }

  read(readings: number): void {
    this.#signal.throwIfAborted();
    this.#readings += readings;
    if (this.#readings > this.#limits.readings)
      throw tooMuch(
        `一次查询最多读取 ${this.#limits.readings} 个值：请缩短时间，或改查 slots（resolution 为 hour 或 day）`,
        `a query reads at most ${this.#limits.readings} values: ask for less time, or ask slots with resolution hour or day`,
      );
    if (this.#clock.monotonic() - this.#began > this.#limits.milliseconds)
      throw tooMuch(
        `查询超过 ${this.#limits.milliseconds / 1_000} 秒：请缩短时间，或改查 slots`,
        `the query took more than ${this.#limits.milliseconds / 1_000} s: ask for less time, or ask slots`,
      );
  }

  answer(rows: number): void {
    this.#rows += rows;
    if (this.#rows > this.#limits.rows)
      throw tooMuch(
        `一次查询最多返回 ${this.#limits.rows} 行：请加大 GROUP BY time(…)，缩短时间，或用 LIMIT`,
        `a query answers at most ${this.#limits.rows} rows: make GROUP BY time(…) wider, ask for less time, or use LIMIT`,
      );
  }
}

const tooMuch = (zh: string, en: string): Fault => new Fault('query_too_large', { zh, en });
